"""contract/ as others install it."""

import shutil
import subprocess
import sys
from pathlib import Path

from lab.paths import ROOT

BUILD = "import setuptools; setuptools.setup()"


def test_whoever_installs_it_gets_its_types(tmp_path: Path) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    leave = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "contract", tmp_path / "contract", ignore=leave)
    command = [sys.executable, "-c", BUILD, "build_py", "--build-lib", "installed"]
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
    installed = {path.name for path in (tmp_path / "installed" / "contract").iterdir()}
    assert {"py.typed", "names.py"} <= installed
