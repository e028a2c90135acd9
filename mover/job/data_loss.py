"""Detects a great loss of files, after which a volume's old snapshots are kept. Pure.

The mark is a tag on each snapshot made meanwhile. It is written with the snapshot itself, so that
no crash can part the two, and lies in the repository, so that it outlives the cluster.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from contract.labels import ACCEPT_LOSS
from contract.names import Identity
from kopia.snapshots import Snapshot

HELD = "volsync-held"


@dataclass(frozen=True, kw_only=True)
class Loss:
    """Two snapshots in a row, the second with fewer than half of the first one's files."""

    before: Snapshot
    after: Snapshot

    def text(self) -> str:
        """What people need to know."""
        return (
            f"snapshot {self.after.id} holds {self.after.files} files, the one before it held "
            f"{self.before.files}: old snapshots are kept until the PVC's annotation "
            f"{ACCEPT_LOSS} names {self.after.id}"
        )


def history(snapshots: Iterable[Snapshot], identity: Identity) -> list[Snapshot]:
    """The complete snapshots of an identity, oldest first."""
    own = (
        snapshot for snapshot in snapshots if snapshot.identity == identity and snapshot.is_complete
    )
    return sorted(own, key=lambda snapshot: (snapshot.start, snapshot.id))


def is_great(before: int, after: int) -> bool:
    """Whether fewer than half of the files are left. Bytes shrink for good reasons, as logs do."""
    return 2 * after < before


def unaccepted(past: list[Snapshot], accepted: str = "") -> Loss | None:
    """The newest great loss since which snapshots are marked, unless it is the accepted one.

    None as well where the snapshots from before it are gone: then nothing is left to be held.
    """
    for before, after in reversed(list(pairwise(past))):
        if HELD not in after.tags:
            return None
        if is_great(before.files, after.files):
            return None if after.id == accepted else Loss(before=before, after=after)
    return None
