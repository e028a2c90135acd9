"""scripts/smoke on the lab's image, which holds what the Dockerfile would build."""

import re
import subprocess
from pathlib import Path

import pytest

from lab.images import product
from tests.tooling import tool

ROOT = Path(__file__).parents[3]
SMOKE = ROOT / "scripts" / "smoke"
# A stand-in for docker: one image, unpacked beside it, in a mount and a network of its own.
CONTAINERS = """#!/bin/sh
# A stand-in for docker, which cannot be had here: runs in an unpacked image, as its user.
set -e
test "$1 $2 $3 $4 $5 $6 $7" = "run --rm --read-only --network none --cap-drop ALL"
shift 8
exec unshare --mount --net sh -ec '
  mount --bind {root} {root}
  mount -o remount,bind,ro {root}
  exec chroot --userspec={user} {root} /usr/bin/env -i {environment} "$@"' sh "$@"
"""


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    built = product.image(tool("kopia"))
    root = tmp_path_factory.mktemp("image")
    for layer in built.layers:
        subprocess.run(["tar", "-xf", layer.path, "-C", root], check=True)
    root.chmod(0o755)
    return built, root


def _smoke(image, folder):
    built, root = image
    program = folder / "containers"
    environment = " ".join(built.environment)
    program.write_text(CONTAINERS.format(root=root, user=built.user, environment=environment))
    program.chmod(0o755)
    command = ["env", f"CONTAINERS={program}", SMOKE, built.reference]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _programs():
    """Every module that a container runs."""
    paths = [path for folder in ("mover", "plumber") for path in (ROOT / folder).rglob("*.py")]
    mains = [path for path in paths if '\nif __name__ == "__main__":' in path.read_text()]
    modules = {".".join(path.relative_to(ROOT).with_suffix("").parts) for path in mains}
    return modules - {"plumber.web.openapi"}  # writes docs/openapi.json


def test_each_program_starts_without_root_network_or_anything_to_write_to(image, tmp_path):
    run = _smoke(image, tmp_path)
    assert run.returncode == 0, run.stderr
    loaded = set(re.findall(r"^smoke: python -c import (\S+\.\S+)$", run.stderr, re.MULTILINE))
    assert loaded == _programs()


def test_an_image_that_lacks_a_package_does_not_pass(image, tmp_path):
    folder = image[1] / product.SITE / "croniter"
    folder.rename(folder.with_name("croniter-gone"))
    try:
        run = _smoke(image, tmp_path)
    finally:
        folder.with_name("croniter-gone").rename(folder)
    assert run.returncode != 0
    assert "No module named 'croniter'" in run.stderr
