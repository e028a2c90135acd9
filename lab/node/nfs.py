"""NFS without the kernel: nfs-ganesha serves, our FUSE client is the node's mount.nfs."""

import os
import socket
from pathlib import Path

from contract import repository
from lab import paths
from lab.node import files, network, nodeconfig
from lab.node.component import Component
from lab.node.namespaces import LAYERS

NAME = "ganesha"
# While it is there, no client finds room for a byte more: clients see ENOSPC, as of a full disk.
FULL = paths.STATE / "nfs" / "full"


def prepare(nfsfuse: Path) -> None:
    """Makes the export and puts mount.nfs into the node's layer of /usr/sbin."""
    (paths.STATE / "nfs" / "recovery").mkdir(parents=True, exist_ok=True)
    if not nodeconfig.NFS_EXPORT.exists():
        # Only at its birth: ganesha caches modes, and a test may have changed them on purpose.
        nodeconfig.NFS_EXPORT.mkdir(mode=0o700)
        os.chown(nodeconfig.NFS_EXPORT, repository.UID, repository.GID)
    helper = LAYERS / "usr" / "sbin" / "mount.nfs"
    text = (paths.STANDINS / "mount.nfs").read_text()
    text = text.replace("@NFSFUSE@", str(nfsfuse)).replace("@FULL@", paths.inside(FULL))
    files.write(helper, text)
    helper.chmod(0o755)


def listens(port: int) -> bool:
    """Whether something on the node accepts connections on this port."""
    try:
        socket.create_connection((network.NODE, port), timeout=1).close()
    except OSError:
        return False
    return True


def rpcbind() -> Component:
    return Component(name="rpcbind", command=("rpcbind", "-f"), ready=lambda: listens(111))


def ganesha() -> Component:
    return Component(
        name=NAME,
        command=(
            "ganesha.nfsd",
            "-F",
            "-L",
            "STDOUT",
            "-N",
            "NIV_WARN",
            "-p",
            "/run/ganesha.pid",
            "-f",
            f"{paths.INSIDE}/config/ganesha.conf",
        ),
        ready=lambda: listens(2049),
    )
