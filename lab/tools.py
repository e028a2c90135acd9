"""Finds each tool on PATH where its version fits, else builds it from its pinned Go module."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Generator, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from lab.build import MODULES, Build, ToolError
from lab.pins import BY_NAME, TOOLS, Tool

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "pvc-backup-lab"


def same_minor(text: str, pin: str) -> bool:
    """Whether the first version number in `text` has the pin's major and minor."""
    version = re.search(r"(\d+)\.(\d+)\.\d+", text)
    return bool(version) and list(version.groups()) == pin.split(".")[:2]


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
        p.read_bytes() for p in sorted(module.rglob("*")) if p.suffix in {".mod", ".sum", ".go"}
    ]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]


def built(tool: Tool) -> Path:
    """Where the built binary lies, whether or not it has been built yet."""
    flags = hashlib.sha256(tool.ldflags.encode()).hexdigest()[:4]
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


def _say(text: str) -> None:
    print(f"tools: {text}", file=sys.stderr, flush=True)


def _build(todo: Sequence[Tool]) -> dict[str, float]:
    """Builds the tools in this order; the seconds that each was compiled and linked."""
    times: dict[str, float] = {}
    builds = [Build(tool=tool, target=built(tool)) for tool in todo]

    def link(build: Build, compiled: float) -> None:
        start = time.monotonic()
        build.link()
        times[build.tool.name] = round(compiled + time.monotonic() - start, 1)
        _say(f"{build.tool.name} built in {times[build.tool.name]:.0f} s")

    with ThreadPoolExecutor(1) as network, ThreadPoolExecutor(1) as linker:
        try:
            fetched = [network.submit(build.fetch) for build in builds]
            linked = []
            for index, build in enumerate(builds):
                left = sum(later.seconds for later in todo[index:])
                about = f"about {left / 60:.0f} min left from cold caches"
                _say(f"[{index + 1}/{len(todo)}] {build.tool.name} {build.tool.pin}, {about}")
                build.target.parent.mkdir(parents=True, exist_ok=True)
                fetched[index].result()
                start = time.monotonic()
                build.compile()
                linked.append(linker.submit(link, build, time.monotonic() - start))
            for one in linked:
                one.result()
        except BaseException:
            for pool in (network, linker):
                pool.shutdown(wait=False, cancel_futures=True)
            raise
    return times


def build(names: Iterable[str] = tuple(BY_NAME)) -> dict[str, float]:
    """Builds what is missing among the named tools, with progress on stderr; each one's seconds.

    Raises ToolError when Go is absent or a build fails.
    """
    wanted = list(names)
    if not missing(wanted):
        return {}
    if shutil.which("go") is None:
        raise ToolError("go is not on PATH; install Go 1.26 or newer, it builds the lab's tools")
    with _only_builder():
        return _build(missing(wanted))


def ensure(names: Iterable[str] = tuple(BY_NAME)) -> dict[str, Path]:
    """Every named tool as a path; what is missing is built first."""
    wanted = list(names)
    build(wanted)
    paths = {}
    for name in wanted:
        tool = BY_NAME[name]
        paths[name] = built(tool) if built(tool).exists() else on_path(tool)
    return {name: path for name, path in paths.items() if path is not None}
