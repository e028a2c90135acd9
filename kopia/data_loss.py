"""Detects that a volume has lost its data, after which its old snapshots are kept. Pure.

The mark is a tag on each snapshot made meanwhile. It is written with the snapshot itself, so that
no crash can part the two, and lies in the repository, so that it outlives the cluster.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from contract.labels import ACCEPT_LOSS
from contract.names import Identity
from kopia.snapshots import Snapshot

HELD = "volsync-held"


@dataclass(frozen=True, kw_only=True)
class Loss:
    """Two snapshots in a row, the second without what the first one held."""

    before: Snapshot
    after: Snapshot
    is_anew: bool  # the second is of another PVC, which was not restored

    def words(self) -> str:
        """What was lost."""
        before, after = self.before, self.after
        if self.is_anew:
            return (
                f"snapshot {after.id} is the first of another PVC, which was not restored from the "
                "snapshots before it"
            )
        if _is_half_lost(before, after.files):
            return (
                f"snapshot {after.id} holds {after.files} files, the one before it held "
                f"{before.files}"
            )
        return (
            f"snapshot {after.id} holds {after.bytes} bytes, the one before it held {before.bytes}"
        )

    def text(self) -> str:
        """What was lost, and what ends the hold."""
        until = f"old snapshots are kept until the PVC's annotation {ACCEPT_LOSS} names"
        return f"{self.words()}: {until} {self.after.id}"


def history(snapshots: Iterable[Snapshot], identity: Identity) -> list[Snapshot]:
    """The complete snapshots of an identity, oldest first."""
    own = (
        snapshot for snapshot in snapshots if snapshot.identity == identity and snapshot.is_complete
    )
    return sorted(own, key=lambda snapshot: (snapshot.order, snapshot.id))


def is_great(before: Snapshot, *, files: int, size: int) -> bool:
    """Whether less than half of the files or a tenth of the bytes is left.

    Bytes shrink for good reasons, as logs do; but a database that was emptied keeps its files.
    """
    return _is_half_lost(before, files) or 10 * size < before.bytes


def is_anew(past: Sequence[Snapshot], pvc_uid: str, restored_from: str) -> bool:
    """Whether the PVC is another one than that of the snapshots, and was not restored from them.

    Snapshots of before uids were recorded do not count: unknown is not another.
    """
    known = next((snapshot.pvc_uid for snapshot in reversed(past) if snapshot.pvc_uid), "")
    return bool(known and pvc_uid) and known != pvc_uid and not restored_from


def unaccepted(past: Sequence[Snapshot], accepted: str = "") -> Loss | None:
    """The newest loss since which snapshots are marked, unless it is the accepted one.

    None as well where the snapshots from before it are gone: then nothing is left to be held.
    """
    for index in range(len(past) - 1, 0, -1):
        after = past[index]
        if HELD not in after.tags:
            return None
        loss = _loss(past[:index], after)
        if loss:
            return None if after.id == accepted else loss
    return None


def unmarked(past: Sequence[Snapshot], accepted: str = "") -> Loss | None:
    """A loss in the newest snapshot that does not carry the mark, as one that was made by hand."""
    if len(past) < 2 or HELD in past[-1].tags or past[-1].id == accepted:
        return None
    return _loss(past[:-1], past[-1])


def _loss(past: Sequence[Snapshot], after: Snapshot) -> Loss | None:
    before, anew = past[-1], is_anew(past, after.pvc_uid, after.restored_from)
    is_lost = anew or is_great(before, files=after.files, size=after.bytes)
    return Loss(before=before, after=after, is_anew=anew) if is_lost else None


def _is_half_lost(before: Snapshot, files: int) -> bool:
    return 2 * files < before.files
