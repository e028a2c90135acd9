"""The two small C programs, built with gcc and kept in the cache under a hash of their source."""

import hashlib
import subprocess
from pathlib import Path

from lab import paths
from lab.errors import LabError


def _build(name: str, *flags: str) -> Path:
    source = paths.STANDINS / f"{name}.c"
    key = hashlib.sha256(source.read_bytes() + " ".join(flags).encode()).hexdigest()[:12]
    target = paths.BIN / key / name
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        command = ["gcc", "-O2", "-Wall", "-Wextra", "-o", f"{target}.new", str(source), *flags]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if run.returncode:
            raise LabError(f"gcc cannot build {source.name}:\n{run.stderr}")
        Path(f"{target}.new").rename(target)
    return target


def pause() -> Path:
    """The static program that is the node's first process and the pause image's only file."""
    return _build("pause", "-static")


def nfsfuse() -> Path:
    """The NFS client."""
    run = subprocess.run(
        ["pkg-config", "--cflags", "--libs", "fuse3"], capture_output=True, text=True, check=False
    )
    if run.returncode:
        raise LabError(f"libfuse3-dev is not usable: {run.stderr.strip()}")
    return _build("nfsfuse", *run.stdout.split(), "-lnfs")
