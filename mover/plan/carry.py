"""Plans how a snapshot gets into another namespace: a second content for it, and a snapshot. Pure.

Kubernetes calls it a pre-provisioned snapshot: a VolumeSnapshotContent with the storage's handle
of one that exists, and the VolumeSnapshot that it is for.
"""

from dataclasses import dataclass
from datetime import datetime

from mover.manifest import volume
from mover.model import Create, Event, Replication, SnapshotContent, Step
from mover.plan import attempt
from mover.result import Result


@dataclass(frozen=True, kw_only=True)
class Target:
    """The VolumeSnapshot that is to be there in the end."""

    namespace: str
    name: str
    content: str  # its VolumeSnapshotContent, by name
    result: Result | None = None


def step(
    owner: Replication,
    target: Target,
    origin: SnapshotContent | None,
    content: SnapshotContent | None,
    now: datetime,
) -> Step:
    """The next step until the snapshot is there. `origin` is the first one's content, if known."""
    if content is None:
        if origin is None or not origin.handle:
            return attempt.progress(owner, "The storage has not named its snapshot yet", now)
        manifest = volume.content(owner, target.content, origin, target.namespace, target.name)
        return Create(manifest=manifest)
    text = f"Created VolumeSnapshot {target.name}"
    return Create(
        manifest=volume.again(owner, target.namespace, target.name, target.content, target.result),
        events=(Event(reason=attempt.SNAPSHOT_CREATED, message=text),),
    )
