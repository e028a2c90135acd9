"""A CI runner's shell: a checkout, and programs that only note how they were called."""

import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
FAKE = """#!/bin/bash
printf '%s ' {name} "${{@@Q}}" >> {log}; echo >> {log}
{answer}
"""


@dataclass
class Runner:
    """Steps run in `folder`/checkout, where what they write disturbs nobody."""

    folder: Path
    environ: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.checkout.mkdir()
        for path in ROOT.iterdir():
            if path.name not in ("scripts", ".git"):
                (self.checkout / path.name).symlink_to(path)
        shutil.copytree(ROOT / "scripts", self.checkout / "scripts")  # they look beside themselves
        (self.folder / "bin").mkdir()
        self.log.touch()

    @property
    def checkout(self) -> Path:
        return self.folder / "checkout"

    @property
    def log(self) -> Path:
        return self.folder / "calls"

    @property
    def calls(self) -> list[list[str]]:
        """Each program with its arguments."""
        return [shlex.split(line) for line in self.log.read_text().splitlines()]

    def fake(self, name: str, answer: str = "") -> None:
        """Puts a program on PATH that answers as this shell text does."""
        path = self.folder / "bin" / name
        path.write_text(FAKE.format(name=name, log=self.log, answer=answer))
        path.chmod(0o755)

    def run(self, text: str, environ: Mapping[str, str] = {}) -> subprocess.CompletedProcess[str]:
        """As both CI systems do: bash that stops at the first failure."""
        path = f"{self.folder / 'bin'}:{os.defpath}"
        return subprocess.run(
            ["bash", "-e", "-c", text],
            cwd=self.checkout,
            env={"PATH": path, **self.environ, **environ},
            capture_output=True,
            text=True,
            check=False,
        )
