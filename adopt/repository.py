"""Reads a repository through a read-only connection."""

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
class Contents:
    """The repository at a path, and its snapshots."""

    path: Path
    unique_id: str
    owner: str  # who alone may run maintenance
    uids: frozenset[int]  # owners of the folder and of its entries
    histories: Histories


def read(path: Path, password_file: Path, binary: str) -> Contents:
    """The repository's contents. Raises KopiaError. Kopia's own files are removed afterwards."""
    expected_id = unique_id(path)
    with tempfile.TemporaryDirectory(prefix="adopt-") as name:
        folder = Path(name)
        kopia = Kopia(
            binary=binary,
            config=folder / "repository.config",
            cache=folder / "cache",
            logs=folder / "logs",
            password_file=password_file,
            deadline=DEADLINE,
        )
        connect(kopia, path, readonly=True, identity=READER)
        if status(kopia).unique_id != expected_id:
            raise KopiaError("the repository changed while it was opened")
        owner = maintenance.state(kopia).owner
        return Contents(
            path=path,
            unique_id=expected_id,
            owner=owner,
            histories=histories(listing(kopia)),
            uids=_uids(path),
        )


def _uids(path: Path) -> frozenset[int]:
    # Deeper entries were created by the same movers; walking all blobs would take very long.
    try:
        return frozenset(entry.lstat().st_uid for entry in (path, *path.iterdir()))
    except OSError as error:
        raise KopiaError(f"the repository's path cannot be read: {error.strerror}") from None
