"""The image holds all that its programs import, and nothing is copied that its build cannot see."""

import ast
import re
import shlex
import sys
from pathlib import Path

import pytest

from contract.answer import PORT
from contract.repository import GID, UID
from lab.images import product
from tests.project.pages.registry import is_run
from tests.project.pages.snippet import SHELL, every

ROOT = Path(__file__).parents[3]
DOCKERFILE = (ROOT / "plumber" / "Dockerfile").read_text()
IGNORED = (ROOT / ".dockerignore").read_text().split()
COPIED = [
    path
    for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
    for path in line.split()[:-1]
]
LOCK = (ROOT / "plumber" / "requirements.lock").read_text()
OURS = ("contract", "kopia", "kube", "plumber", "mover")
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
    modules = set()
    for path in (ROOT / package).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                modules |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                modules.add(node.module.split(".")[0])
    return modules - set(sys.stdlib_module_names)


def _required(package: str) -> set[str]:
    lines = (ROOT / package / "requirements.txt").read_text().splitlines()
    names = {line for line in lines if line and not line.startswith(("#", "-"))}
    return {MODULE_OF.get(name, name) for name in names}


@pytest.mark.parametrize("package", ["plumber", "mover"])
def test_a_program_imports_only_the_image_s_packages_and_its_own_requirements(
    package: str,
) -> None:
    assert _imports(package) <= _required(package) | {"contract", "kopia", "kube", package}
    assert set(OURS) <= set(COPIED)


@pytest.mark.parametrize("package", ["contract", "kopia", "kube"])
def test_what_both_share_needs_only_what_both_require(package: str) -> None:
    both = _required("plumber") & _required("mover")
    assert _imports(package) <= {"contract", "kopia", "kube"} | both


@pytest.mark.parametrize("package", ["plumber", "mover"])
def test_every_requirement_is_pinned(package: str) -> None:
    pinned = (ROOT / "constraints.txt").read_text().lower().replace("_", "-")
    for name in _required(package):
        assert f"\n{name.replace('_', '-')}==" in f"\n{pinned}"


def test_the_image_runs_as_the_owner_of_the_repository_on_the_service_s_port() -> None:
    assert f"\nUSER {UID}:{GID}\n" in DOCKERFILE
    assert f"\nEXPOSE {PORT}\n" in DOCKERFILE


def _locked() -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+) \\$", LOCK, re.MULTILINE))


def test_the_lock_holds_what_the_programs_require_at_the_pinned_versions() -> None:
    locked = _locked()
    required = {name.replace("_", "-") for name in _required("plumber") | _required("mover")}
    assert required <= set(locked)
    lines = (ROOT / "constraints.txt").read_text().lower().replace("_", "-").split()
    assert {f"{name}=={version}" for name, version in locked.items()} <= set(lines)


def test_every_package_of_the_image_has_its_hashes() -> None:
    blocks = re.split(r"^(?=\S)", LOCK, flags=re.MULTILINE)[1:]
    assert len(blocks) == len(_locked())
    for block in blocks:
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", block), block
    assert "--require-hashes -r requirements.lock" in DOCKERFILE


def test_base_images_are_pinned_by_digest_and_nothing_else_is_fetched() -> None:
    bases = re.findall(r"^ARG \w+_IMAGE=(.+)$", DOCKERFILE, re.MULTILINE)
    assert len(bases) == 2
    for base in bases:
        assert re.fullmatch(r"\w+:[\w.-]+@sha256:[0-9a-f]{64}", base)
    froms = re.findall(r"^FROM (?:--platform=\S+ )?(\S+)", DOCKERFILE, re.MULTILINE)
    assert set(froms) == {"${GO_IMAGE}", "${PYTHON_IMAGE}"}
    assert not re.search(r"^(ADD|.*\b(curl|wget|apt-get)\b)", DOCKERFILE, re.MULTILINE)


def test_two_builds_give_the_same_byte_code() -> None:
    """By hash: with a time in it each build would be another image."""
    compiled = re.findall(r"compileall (.*)", DOCKERFILE)
    assert len(compiled) == 2
    assert all("--invalidation-mode unchecked-hash" in words for words in compiled)


def test_the_lab_runs_what_the_dockerfile_would_build() -> None:
    assert set(product.PACKAGES) == {path for path in COPIED if (ROOT / path).is_dir()}
    assert product.LOCK in COPIED
    assert f"COPY --from=kopia /kopia {product.KOPIA}" in DOCKERFILE
    variables = re.findall(r"\w+=1", re.findall(r"^ENV (.+)$", DOCKERFILE, re.MULTILINE)[0])
    made = product.image(ROOT / "plumber" / "Dockerfile")
    assert set(variables) <= set(made.environment)
    assert f"\nUSER {made.user}\n" in DOCKERFILE
    assert f"\nWORKDIR {made.workdir}\n" in DOCKERFILE
