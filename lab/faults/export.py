"""The repository's export: emptied, swapped, read-only, full."""

import signal
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from contract import repository
from lab import component, files, network, nfs, node, nodeconfig, paths, secretstore, tools
from lab.errors import LabError
from lab.images.root import PYTHON
from lab.process import wait_until

MOUNT = "/run/fault-export"  # in the node
OTHER = "/run/fault-repository"
MOVING = Path(__file__).with_name("moving.py")
# As everywhere: files that belong to the movers' user, in folders that are his alone.
SWAP = f"""
set -e
read -r KOPIA_PASSWORD
export KOPIA_PASSWORD HOME={OTHER}/home
rm -rf {OTHER} && mkdir -p {OTHER}/home {OTHER}/files
"$1" repository create filesystem --path {OTHER}/files --cache-directory {OTHER}/cache \\
  --no-check-for-updates > {OTHER}/log 2>&1
chown -R {repository.UID}:{repository.GID} {OTHER}/files
cp -a {OTHER}/files/. {MOUNT}/
rm -rf {OTHER}
"""


def _run(*words: str, text: str = "") -> None:
    command = node.running().command(words)
    run = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if run.returncode:
        raise LabError(f"in the node, {' '.join(words[:2])}: {run.stderr.strip()}")


@contextmanager
def _mounted() -> Generator[None]:
    """The server caches what it has seen, so files are moved as its clients do."""
    _run("mkdir", "-p", MOUNT)
    _run("mount.nfs", f"{network.NODE}:{nodeconfig.EXPORT}", MOUNT)
    try:
        yield
    finally:
        _run("umount", "--lazy", MOUNT)


def _move(way: str) -> None:
    with _mounted():
        _run(str(PYTHON), str(MOVING), way, MOUNT)


@contextmanager
def emptied() -> Generator[None]:
    """The export is there, and nothing is in it."""
    try:
        _move("out")
        yield
    finally:
        _move("back")


@contextmanager
def swapped() -> Generator[None]:
    """Another repository with the same password, and nothing in it."""
    with emptied():
        with _mounted():
            kopia = str(tools.ensure(["kopia"])["kopia"])
            _run("sh", "-c", SWAP, "sh", kopia, text=secretstore.password() + "\n")
        yield


@contextmanager
def read_only() -> Generator[None]:
    """The server takes no write from anybody."""
    try:
        _configure("RO")
        yield
    finally:
        _configure("RW")


def _configure(access: str) -> None:
    text = nodeconfig.ganesha().replace("Access_Type = RW", f"Access_Type = {access}")
    files.write(paths.CONFIG / "ganesha.conf", text)
    server = component.process(nfs.NAME)
    if server is None:
        raise LabError("the NFS server has never run in this lab")
    server.signal(signal.SIGHUP)
    wait_until(lambda: _is_writable() == (access == "RW"), 20, "the NFS server does not obey")


def _is_writable() -> bool:
    try:
        with _mounted():
            _run("mkdir", f"{MOUNT}/{repository.VOLUME}-probe")
            _run("rmdir", f"{MOUNT}/{repository.VOLUME}-probe")
    except LabError:
        return False
    return True


@contextmanager
def full() -> Generator[None]:
    """No byte more finds room."""
    try:
        nfs.FULL.touch()
        yield
    finally:
        nfs.FULL.unlink(missing_ok=True)
