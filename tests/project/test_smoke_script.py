"""scripts/smoke loads every program of the image, by a stand-in for docker that notes its calls."""

import re
import subprocess

import pytest

from tests.project.test_shape import ROOT

SMOKE = ROOT / "scripts" / "smoke"
STAND_IN = """#!/bin/sh
echo "$*" >> {calls}
case "$*" in *getuid*) echo 1000 ;; esac
"""
FILES = [path for folder in ("plumber", "mover") for path in (ROOT / folder).rglob("*.py")]
NOT_DEPLOYED = {"plumber.web.openapi"}  # prints docs/openapi.json
PROGRAMS = [path for path in FILES if '__name__ == "__main__"' in path.read_text()]


@pytest.fixture(scope="module")
def imports(tmp_path_factory) -> set[str]:
    folder = tmp_path_factory.mktemp("smoke")
    docker = folder / "docker"
    docker.write_text(STAND_IN.format(calls=folder / "calls"))
    docker.chmod(0o755)
    subprocess.run(["env", f"CONTAINERS={docker}", SMOKE, "image"], check=True, capture_output=True)
    return set(re.findall(r"python -c import ([\w.]+)$", (folder / "calls").read_text(), re.M))


def test_every_program_is_loaded_and_nothing_else(imports):
    modules = {path.relative_to(ROOT).with_suffix("").as_posix() for path in PROGRAMS}
    assert imports == {module.replace("/", ".") for module in modules} - NOT_DEPLOYED
