"""The repository's export: emptied, swapped, read-only, full."""

import signal
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

from contract import repository
from contract.names import Identity
from kopia.command import Kopia
from lab import paths, tools
from lab.cluster import secretstore
from lab.errors import LabError
from lab.images.root import PYTHON
from lab.node import component, files, namespaces, network, nfs, nodeconfig
from lab.polling import PROCESS, wait_until

MOUNT = "/run/fault-export"  # in the node
MOVING = Path(__file__).with_name("moving.py")


@contextmanager
def mounted() -> Generator[Path]:
    """Mounts the export in the node. The server caches, so changes go through a client."""
    namespaces.running().run("mkdir", "-p", MOUNT)
    namespaces.running().run("mount.nfs", f"{network.NODE}:{nodeconfig.EXPORT}", MOUNT)
    try:
        yield Path(MOUNT)
    finally:
        namespaces.running().run("umount", "--lazy", MOUNT)


def _move(way: str) -> None:
    with mounted():
        namespaces.running().run(str(PYTHON), str(MOVING), way, MOUNT)


@contextmanager
def emptied() -> Generator[None]:
    """Empties the export inside the context."""
    try:
        _move("out")
        yield
    finally:
        _move("back")


@contextmanager
def swapped() -> Generator[None]:
    """Replaces the repository by an empty one with the same password."""
    with emptied():
        fill({}, repository.UID)
        yield


def fill(backups: Mapping[Identity, Path], owner: int) -> None:
    """Makes a repository on the empty export with a backup of each folder; one user's files."""
    with tempfile.TemporaryDirectory(prefix="fault-repository-") as folder:
        top = Path(folder)
        local_copy, password = top / "files", top / "password"
        local_copy.mkdir()
        password.write_text(secretstore.password())
        kopia = Kopia(
            binary=str(tools.ensure(["kopia"])["kopia"]),
            config=top / "config",
            cache=top / "cache",
            logs=top / "logs",
            password_file=password,
            deadline=60,
        )
        kopia.run("repository", "create", "filesystem", f"--path={local_copy}")
        for name, path in backups.items():
            kopia.run("snapshot", "create", f"--override-source={name}", str(path))
        with mounted() as export:
            # As everywhere: files that belong to the movers' user, in folders that are his alone.
            namespaces.running().run("chown", "--recursive", f"{owner}:{owner}", str(local_copy))
            namespaces.running().run("cp", "--archive", f"{local_copy}/.", str(export))


@contextmanager
def read_only() -> Generator[None]:
    """Makes the export read-only."""
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
    description = f"the NFS server to give access {access}"
    wait_until(description, lambda: _is_writable() == (access == "RW"), 20, PROCESS)


def _is_writable() -> bool:
    try:
        with mounted():
            namespaces.running().run("mkdir", f"{MOUNT}/{repository.VOLUME}-probe")
            namespaces.running().run("rmdir", f"{MOUNT}/{repository.VOLUME}-probe")
    except LabError:
        return False
    return True


@contextmanager
def full() -> Generator[None]:
    """Makes every write fail with ENOSPC."""
    try:
        nfs.FULL.touch()
        yield
    finally:
        nfs.FULL.unlink(missing_ok=True)
