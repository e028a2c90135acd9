"""Reads a repository as it lies there, through a connection that cannot write."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from adopt.history import Histories, histories
from contract.names import Identity
from contract.repository import MAINTENANCE_HOST
from kopia import maintenance
from kopia.command import Kopia, KopiaError
from kopia.format_blob import unique_id
from kopia.repository import connect, status
from kopia.snapshots import listing

READER = Identity("adopt", MAINTENANCE_HOST)
DEADLINE = 600.0  # seconds; a large repository over a slow line


@dataclass(frozen=True, kw_only=True)
class Found:
    """What lies at the path."""

    path: Path
    unique_id: str
    owner: str  # who alone may run maintenance
    uids: frozenset[int]  # of the folder and what lies in it
    histories: Histories


def read(path: Path, password_file: Path, binary: str) -> Found:
    """Everything, or KopiaError. Kopia's own files end with this call."""
    unique = unique_id(path)
    with tempfile.TemporaryDirectory(prefix="adopt-") as folder:
        own = Path(folder)
        kopia = Kopia(
            binary=binary,
            config=own / "repository.config",
            cache=own / "cache",
            logs=own / "logs",
            password_file=password_file,
            deadline=DEADLINE,
        )
        connect(kopia, path, readonly=True, identity=READER)
        if status(kopia).unique_id != unique:
            raise KopiaError("the repository changed while it was opened")
        owner = maintenance.state(kopia).owner
        found = histories(listing(kopia))
        return Found(path=path, unique_id=unique, owner=owner, uids=_uids(path), histories=found)


def _uids(path: Path) -> frozenset[int]:
    # What is deeper was made by the same movers; a walk through all blobs would take very long.
    try:
        return frozenset(one.lstat().st_uid for one in (path, *path.iterdir()))
    except OSError as error:
        raise KopiaError(f"the repository's path cannot be read: {error.strerror}") from None
