"""A checkout that holds nothing but what one of scripts/ itself needs."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from lab.paths import ROOT

READS = (".gitignore", "constraints.txt", "pyproject.toml", "requirements.txt")
CACHE = str(Path(sys.prefix, "secrets"))


@dataclass(frozen=True)
class Checkout:
    folder: Path

    def write(self, name: str, text: str) -> None:
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_bytes(text.encode())

    def run(self, script: str, *options: str) -> subprocess.CompletedProcess[str]:
        """Whatever comes of it; what it said is all in `stdout`."""
        environ = dict(os.environ)  # noqa: TID251 - for all else
        kept = {k: v for k, v in environ.items() if not k.startswith("COVERAGE_")}
        return subprocess.run(
            [self.folder / "scripts" / script, *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**kept, "KF_RULE_CACHE_DIR": CACHE},
            check=False,
        )


def made(folder: Path) -> Checkout:
    shutil.copytree(ROOT / "scripts", folder / "scripts")
    for file in (*READS, *(path.name for path in ROOT.glob("requirements-*.txt"))):
        shutil.copy(ROOT / file, folder)
    for file in ROOT.glob("*/requirements.txt"):
        (folder / file.parent.name).mkdir()
        shutil.copy(file, folder / file.parent.name)
    _enter_virtualenv(folder)
    return Checkout(folder)


def _enter_virtualenv(folder: Path) -> None:
    """The one that runs these tests, marked as fitting, so that nothing is installed into it."""
    [pins] = re.findall(r"^pins=.*$", (ROOT / "scripts" / "venv.sh").read_text(), re.MULTILINE)
    (folder / ".venv").mkdir()
    (folder / ".venv" / "bin").symlink_to(Path(sys.prefix, "bin"))
    mark = f'{pins}\necho "$pins" > .venv/pins'
    subprocess.run(["bash", "-euc", mark], cwd=folder, check=True)
