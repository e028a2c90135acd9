"""The lab's NFS export after the loss of a cluster: measured, and exchanged for a wrong one."""

import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from bench.repository import back_up, client
from contract import repository
from contract.names import Claim, Identity
from kopia.repository import create
from lab.cluster import secretstore
from lab.node.nodeconfig import NFS_EXPORT

RIGHT = NFS_EXPORT.with_name("right-export")
OTHER = NFS_EXPORT.with_name("other-export")


def size(export: Path = NFS_EXPORT) -> tuple[int, int]:
    """Files and bytes of the export."""
    sizes = [path.stat().st_size for path in export.rglob("*") if path.is_file()]
    return len(sizes), sum(sizes)


def exchange() -> None:
    """Puts another repository in its place: valid, of the same password, and of other volumes.

    Only while no NFS server runs, which would not notice.
    """
    NFS_EXPORT.rename(RIGHT)
    NFS_EXPORT.mkdir(mode=0o700)
    with tempfile.TemporaryDirectory() as folder:
        password_file = Path(folder) / "password"
        password_file.write_text(secretstore.password())
        kopia = client(Path(folder), password_file)
        owner = Identity(repository.MAINTENANCE_USER, repository.MAINTENANCE_HOST)
        create(kopia, NFS_EXPORT, identity=owner)
        source = Path(folder) / "source"
        source.mkdir()
        (source / "file").write_text("of another cluster")
        back_up(kopia, Claim("elsewhere", "data"), source, datetime.now(UTC))
    for path in (NFS_EXPORT, *NFS_EXPORT.rglob("*")):
        os.chown(path, repository.UID, repository.GID)


def put_back() -> None:
    """Puts the right repository back in its place."""
    NFS_EXPORT.rename(OTHER)
    RIGHT.rename(NFS_EXPORT)
