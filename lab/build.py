"""One tool from its pinned Go module: its source is fetched, then compiled, then linked.

The three are apart because they lean on different things: the network, both cores, one core. So
one tool is compiled while the one before is linked and the one after is fetched.
"""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from lab.errors import LabError
from lab.pins import Tool

MODULES = Path(__file__).parent / "tools"
LOG_TAIL = 2000  # characters of a failed build worth showing
INSTEAD = "instead"  # folder of files that take the place of the upstream module's own
# The compiler is a short program with much memory to spare: collecting its garbage seldom saves a
# sixth of its work. The limit keeps the few great packages from taking gigabytes.
COMPILER = {"GOGC": "800", "GOMEMLIMIT": "2GiB"}
# Alike for every tool, or a package that two tools use would be compiled twice.
SHARED = ("-trimpath", "-pgo=off", "-buildvcs=false")


class ToolError(LabError):
    """A tool could neither be found nor built; the text says which one and why."""


def copy_source(source: Path, target: Path) -> None:
    """Copies a folder of the module cache, which is read-only, as files of our own."""
    shutil.copytree(source, target, copy_function=shutil.copyfile, dirs_exist_ok=True)
    for folder in [target, *(path for path in target.rglob("*") if path.is_dir())]:
        folder.chmod(0o755)


@dataclass(frozen=True, kw_only=True)
class Build:
    """What is built and where to."""

    tool: Tool
    target: Path

    @property
    def module(self) -> Path:
        """The folder with its go.mod."""
        return MODULES / self.tool.module

    def _go(self, *words: str) -> str:
        run = subprocess.run(
            ["go", *words],
            cwd=self.module,
            env={**COMPILER, **os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly"},
            capture_output=True,
            text=True,
            check=False,
        )
        if run.returncode:
            output = (run.stderr or run.stdout)[-LOG_TAIL:]
            raise ToolError(f"{self.tool.name}: go {words[0]} failed:\n{output}")
        return run.stdout

    def _module_file(self) -> list[str]:
        """With files of ours to build in: a go.mod that names a copy of the source with them."""
        if not self.tool.partly:
            return []
        copy = self.target.parent / "source"
        made = copy.with_suffix(".mod")
        if not made.exists():
            shutil.rmtree(copy, ignore_errors=True)
            answer = json.loads(self._go("mod", "download", "-json", self.tool.partly))
            copy_source(Path(answer["Dir"]), copy)
            copy_source(self.module / INSTEAD, copy)
            shutil.copyfile(self.module / "go.sum", copy.with_suffix(".sum"))
            own = (self.module / "go.mod").read_text()
            made.write_text(f"{own}\nreplace {self.tool.partly} => {copy}\n")
        return [f"-modfile={made}"]

    def _shared(self) -> list[str]:
        return [*SHARED, *self._module_file()]

    def fetch(self) -> None:
        """Brings the source of each package that it needs into the module cache, and no other."""
        self._go("list", *self._module_file(), "-deps", self.tool.package)

    def compile(self) -> None:
        """Compiles every package that no other tool has had compiled."""
        self._go("list", "-export", "-deps", *self._shared(), self.tool.package)

    def link(self) -> None:
        """Makes the program; it is there whole or not at all."""
        new = self.target.with_name(f"{self.target.name}.new")
        flags = f"-s -w {self.tool.ldflags}"
        self._go("build", *self._shared(), "-ldflags", flags, "-o", str(new), self.tool.package)
        new.rename(self.target)
