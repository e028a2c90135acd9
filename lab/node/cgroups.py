"""The lab's branch of every cgroup hierarchy: kubelet puts pods there, `down` removes it."""

import hashlib
import os
from pathlib import Path

from lab import paths

# Two labs with two state directories must not sweep each other's pods.
NAME = f"pvc-backup-lab-{hashlib.sha256(str(paths.STATE).encode()).hexdigest()[:6]}"
MOUNT = Path("/sys/fs/cgroup")


def roots(mount: Path = MOUNT) -> list[Path]:
    """The top of each hierarchy: one for version 2, one for each controller in version 1."""
    if (mount / "cgroup.controllers").exists():
        return [mount]
    return [path for path in sorted(mount.iterdir()) if path.is_dir() and not path.is_symlink()]


def branches(mount: Path = MOUNT) -> list[Path]:
    """Our branches that exist now."""
    return [root / NAME for root in roots(mount) if (root / NAME).is_dir()]


def make(mount: Path = MOUNT) -> None:
    """Makes our branch everywhere, as kubelet wants; cpuset would start without a core."""
    for root in roots(mount):
        (root / NAME).mkdir(exist_ok=True)
        for setting in ("cpuset.cpus", "cpuset.mems"):
            if (root / setting).exists() and (root / NAME / setting).exists():
                (root / NAME / setting).write_text((root / setting).read_text())


def remove(mount: Path = MOUNT) -> None:
    """Removes our branches from the leaves up; only those without a process can go."""
    for branch in branches(mount):
        for folder, _, _ in os.walk(branch, topdown=False):
            os.rmdir(folder)
