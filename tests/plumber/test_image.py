"""The image holds all that its programs import, and nothing is copied that its build cannot see."""

import ast
import re
import shlex
import sys
from pathlib import Path

import pytest

from contract.answer import PORT
from contract.repository import GID, UID
from tests.pages.registry import is_run
from tests.pages.snippet import SHELL, every

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "plumber" / "Dockerfile").read_text()
IGNORED = (ROOT / ".dockerignore").read_text().split()
COPIED = [
    path
    for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
    for path in line.split()[:-1]
]
OURS = ("contract", "kopia", "plumber", "mover")
MODULE_OF = {"prometheus-client": "prometheus_client"}


@pytest.mark.parametrize("path", COPIED)
def test_what_is_copied_exists_and_reaches_the_build(path: str) -> None:
    assert (ROOT / path).exists()
    parts = Path(path).parts
    assert any(f"!{Path(*parts[: n + 1])}" in IGNORED for n in range(len(parts)))


def test_the_documented_build_is_of_this_file_and_what_it_makes_is_pushed() -> None:
    (line,) = [one.text for one in every() if one.kind in SHELL and not is_run(one)]
    build, push = map(shlex.split, line.split(" && "))
    assert build[build.index("-f") + 1] == "plumber/Dockerfile"
    assert build[-1] == "."
    assert push[-1] == build[build.index("-t") + 1]


def test_only_named_paths_reach_the_build() -> None:
    assert "*" in IGNORED


def _imports(package: str) -> set[str]:
    found = set()
    for path in (ROOT / package).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.split(".")[0])
    return found - set(sys.stdlib_module_names)


def _required(package: str) -> set[str]:
    lines = (ROOT / package / "requirements.txt").read_text().splitlines()
    names = {line for line in lines if line and not line.startswith(("#", "-"))}
    return {MODULE_OF.get(name, name) for name in names}


@pytest.mark.parametrize("package", ["plumber", "mover"])
def test_a_program_imports_only_the_image_s_packages_and_its_own_requirements(
    package: str,
) -> None:
    assert _imports(package) <= _required(package) | {"contract", "kopia", package}
    assert set(OURS) <= set(COPIED)


@pytest.mark.parametrize("package", ["contract", "kopia"])
def test_what_both_share_needs_only_what_both_require(package: str) -> None:
    both = _required("plumber") & _required("mover")
    assert _imports(package) <= {"contract", "kopia"} | both


@pytest.mark.parametrize("package", ["plumber", "mover"])
def test_every_requirement_is_pinned(package: str) -> None:
    pinned = (ROOT / "constraints.txt").read_text().lower().replace("_", "-")
    for name in _required(package):
        assert f"\n{name.replace('_', '-')}==" in f"\n{pinned}"


def test_the_image_runs_as_the_owner_of_the_repository_on_the_service_s_port() -> None:
    assert f"\nUSER {UID}:{GID}\n" in DOCKERFILE
    assert f"\nEXPOSE {PORT}\n" in DOCKERFILE
