"""Takes the lab down and removes what it made, and only that; caches stay."""

import shutil
import sys
import time
from collections.abc import Collection
from pathlib import Path

from lab import paths
from lab.cluster import secretstore
from lab.errors import LabError
from lab.node import cgroups, namespaces, network, nodeconfig
from lab.polling import PROCESS, wait_until

MARKER = ".pvc-backup-lab"
# What lies outside of a cluster and outlives it: backups on the NFS server, passwords in 1Password.
OUTSIDE = (nodeconfig.NFS_EXPORT, secretstore.DATA, paths.STATE / MARKER)


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


def remove(top: Path, kept: Collection[Path] = ()) -> None:
    """Removes a directory, but for the paths that are kept and the way to them."""
    if not any(path.exists() for path in kept):
        shutil.rmtree(top)
        return
    for path in top.iterdir():
        if path in kept:
            continue
        if any(path in kept_path.parents for kept_path in kept):
            remove(path, [kept_path for kept_path in kept if path in kept_path.parents])
        elif path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def down(*, keep_export: bool = False) -> None:
    """Kills the node with all that runs in it, then removes its traces.

    With `keep_export` it is as after the loss of a cluster: only what lies outside of it is left.
    """
    start = time.monotonic()
    node = namespaces.read()
    if node is not None:
        namespaces.destroy(node)
    network.remove()
    wait_until(f"the cgroup {cgroups.NAME} to be empty", _cgroups_gone, 20, PROCESS)
    if (paths.STATE / MARKER).exists():
        remove(paths.STATE, OUTSIDE if keep_export else ())
    print(f"lab: down in {time.monotonic() - start:.1f} s", file=sys.stderr)
