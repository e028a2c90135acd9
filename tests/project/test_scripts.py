"""The scripts that are Python start: no type checker reads a file without a suffix."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHEBANG = "#!/usr/bin/env python3"
SCRIPTS = sorted(
    path
    for path in (ROOT / "scripts").iterdir()
    if path.is_file() and path.read_text().startswith(SHEBANG)
)


def test_there_are_such_scripts():
    assert "break-glass" in {path.name for path in SCRIPTS}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_starts_with_nothing_installed_and_tells_its_usage(script, tmp_path):
    run = subprocess.run(
        [f"{sys.base_prefix}/bin/python3", "-I", script, "--help"],
        cwd=tmp_path,
        env={"PATH": os.defpath},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert "usage: " in run.stdout
