"""Finds each tool on PATH where its version fits, else builds it from its pinned Go module."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path

from lab.errors import LabError
from lab.pins import BY_NAME, TOOLS, Tool

MODULES = Path(__file__).parent / "tools"
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "pvc-backup-lab"
LOG_TAIL = 2000  # characters of a failed build worth showing


class ToolError(LabError):
    """A tool could neither be found nor built; the text says which one and why."""


def same_minor(text: str, pin: str) -> bool:
    """Whether the first version number in `text` has the pin's major and minor."""
    found = re.search(r"(\d+)\.(\d+)\.\d+", text)
    return bool(found) and list(found.groups()) == pin.split(".")[:2]


def on_path(tool: Tool) -> Path | None:
    """The copy on PATH whose version fits, if there is one."""
    path = shutil.which(tool.name) if tool.version else None
    if path is None:
        return None
    run = subprocess.run(
        [path, *tool.version], capture_output=True, text=True, timeout=30, check=False
    )
    return Path(path) if same_minor(run.stdout + run.stderr, tool.pin) else None


def module_key(module: Path) -> str:
    """A short hash of all that a module's build reads of ours."""
    parts = [
        p.read_bytes() for p in sorted(module.iterdir()) if p.suffix in {".mod", ".sum", ".go"}
    ]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]


def built(tool: Tool) -> Path:
    """Where the built binary lies, whether or not it has been built yet."""
    flags = hashlib.sha256(f"{tool.tags} {tool.ldflags}".encode()).hexdigest()[:4]
    folder = f"{tool.module}-{module_key(MODULES / tool.module)}"
    return CACHE / "tools" / folder / flags / tool.name


def missing(names: Iterable[str]) -> list[Tool]:
    """The tools among `names` that have to be built."""
    wanted = set(names)
    return [
        tool
        for tool in TOOLS
        if tool.name in wanted and not built(tool).exists() and on_path(tool) is None
    ]


@contextmanager
def _only_builder() -> Generator[None]:
    """Two Go builds at once only slow each other, so a second caller waits."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "build.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("tools: another build is running, waiting for it", file=sys.stderr, flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(tool: Tool) -> None:
    target = built(tool)
    target.parent.mkdir(parents=True, exist_ok=True)
    command = ["go", "build", "-trimpath", "-tags", tool.tags]
    command += ["-ldflags", f"-s -w {tool.ldflags}", "-o", f"{target}.new", tool.package]
    run = subprocess.run(
        command,
        cwd=MODULES / tool.module,
        env={**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly"},
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        raise ToolError(f"{tool.name}: go build failed:\n{run.stderr[-LOG_TAIL:]}")
    Path(f"{target}.new").rename(target)


def ensure(names: Iterable[str] = tuple(BY_NAME)) -> dict[str, Path]:
    """Every named tool as a path, building what is missing, with progress on stderr.

    Raises ToolError when Go is absent or a build fails.
    """
    wanted = list(names)
    if missing(wanted):
        if shutil.which("go") is None:
            raise ToolError(
                "go is not on PATH; install Go 1.26 or newer, it builds the lab's tools"
            )
        with _only_builder():
            todo = missing(wanted)
            for index, tool in enumerate(todo):
                left = sum(later.seconds for later in todo[index:])
                about = f"about {left / 60:.0f} min left from cold caches"
                print(
                    f"tools: [{index + 1}/{len(todo)}] {tool.name} {tool.pin}, {about}",
                    file=sys.stderr,
                    flush=True,
                )
                start = time.monotonic()
                _build(tool)
                took = time.monotonic() - start
                print(f"tools: {tool.name} built in {took:.0f} s", file=sys.stderr, flush=True)
    paths = {}
    for name in wanted:
        tool = BY_NAME[name]
        paths[name] = built(tool) if built(tool).exists() else on_path(tool)
    return {name: path for name, path in paths.items() if path is not None}
