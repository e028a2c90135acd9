"""Takes the lab down and removes what it made, and only that; caches stay."""

import shutil
import sys
import time

from lab import cgroups, network, node, paths
from lab.errors import LabError
from lab.process import wait_until

MARKER = ".pvc-backup-lab"


def claim() -> None:
    """Marks the state directory as the lab's; refuses a directory that holds something else."""
    if paths.STATE.exists() and any(paths.STATE.iterdir()) and not (paths.STATE / MARKER).exists():
        raise LabError(
            f"{paths.STATE} is not empty and not a lab's state; choose another LAB_STATE"
        )
    paths.STATE.mkdir(parents=True, exist_ok=True, mode=0o700)
    (paths.STATE / MARKER).touch()


def _cgroups_gone() -> bool:
    try:
        cgroups.remove()
    except OSError:
        return False  # the kernel takes a moment to forget the killed
    return True


def down() -> None:
    """Kills the node with all that runs in it, then removes its traces."""
    start = time.monotonic()
    known = node.read()
    if known is not None:
        node.destroy(known)
    network.remove()
    wait_until(_cgroups_gone, 20, f"a process is still in the cgroup {cgroups.NAME}")
    if (paths.STATE / MARKER).exists():
        shutil.rmtree(paths.STATE)
    print(f"lab: down in {time.monotonic() - start:.1f} s", file=sys.stderr)
