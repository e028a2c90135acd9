"""What a plan reads, and the steps that it can return: plain values without any API object."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from kube.resource import ObjectKey
from mover.result import Result
from mover.status import Patch, Status

BLOCK = "Block"


class Phase(StrEnum):
    """The state of a Job."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Replication:
    """A ReplicationSource or ReplicationDestination of ours."""

    kind: str
    role: str
    namespace: str
    name: str
    uid: str
    version: str
    workplace: str  # the namespace in which its movers work
    terminating: bool = False
    paused: bool = False
    schedule: str = ""
    manual: str = ""
    claim: str = ""  # the PVC that it is for; "" where it names none
    claim_uid: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    status: Status = field(default_factory=Status)

    @property
    def key(self) -> ObjectKey:
        """The object's key."""
        return ObjectKey(self.kind, self.namespace, self.name)

    @property
    def is_apart(self) -> bool:
        """Whether its movers work in a namespace of their own."""
        return self.workplace != self.namespace

    @property
    def stem(self) -> str:
        """What names of its temporaries are made of where its movers work."""
        return f"{self.namespace}.{self.name}" if self.is_apart else self.name


@dataclass(frozen=True, kw_only=True)
class Child:
    """An object that bears the name of one of our temporaries."""

    kind: str
    namespace: str  # "" for one of the whole cluster
    name: str
    uid: str
    version: str
    created: datetime
    owner: str  # uid
    sync: str
    made_here: bool  # carries the movers' label
    terminating: bool = False
    going_since: datetime | None = None  # it is being deleted, and nobody has touched it since


@dataclass(frozen=True, kw_only=True)
class Job(Child):
    """A mover's Job, with what its pod says."""

    phase: Phase = Phase.RUNNING
    started: bool = False  # its container has run
    is_refused: bool = False  # kubelet cannot make its container, and waiting does not help
    lacks_repository: bool = False  # what does not mount is the repository
    mounted: bool = True  # every container has the repository
    reason: str = ""  # why it failed, or what it waits for
    result: Result | None = None


@dataclass(frozen=True, kw_only=True)
class Pvc(Child):
    """A PVC: a temporary one, or the source."""

    phase: str = ""
    request: str = "0"
    storage_class: str = ""
    modes: tuple[str, ...] = ()
    mode: str = "Filesystem"
    restored_from: str = ""  # the snapshot that our destination filled it from when it was made
    annotations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class VolumeSnapshot(Child):
    """A VolumeSnapshot."""

    ready: bool = False
    error: str = ""
    content: str = ""  # the VolumeSnapshotContent that it is bound to
    size: str = "0"
    in_use: bool = False  # the populator reads it, or a person keeps it
    result: Result | None = None  # of the restore that it is the image of


@dataclass(frozen=True, kw_only=True)
class SnapshotContent(Child):
    """A VolumeSnapshotContent: where the storage has a snapshot."""

    driver: str = ""
    handle: str = ""  # "" while the storage makes it
    volume_mode: str = ""  # of the volume that it was taken of, where that is known


@dataclass(frozen=True, kw_only=True)
class Storage:
    """What can be done with the volumes of a StorageClass."""

    has_snapshots: bool = True
    snapshot_class: str = ""  # "" leaves the choice to the snapshot controller
    binds_at_once: bool = False  # a PVC is bound without a pod that waits for it


@dataclass(frozen=True, kw_only=True)
class ClusterState:
    """What a Job needs of the cluster beside its owner."""

    pin: str = ""  # the repository's unique id; "" while bootstrap has not told it
    privileged: bool = True
    secret_problem: str = ""
    storage: Storage = field(default_factory=Storage)


@dataclass(frozen=True, kw_only=True)
class SourceView:
    """Everything that a source's next step depends on."""

    owner: Replication
    pvc: Pvc | None = None
    snapshot: VolumeSnapshot | None = None
    # Of a source whose movers work apart.
    origin: SnapshotContent | None = None  # of `snapshot`
    content: SnapshotContent | None = None  # the same snapshot again, for `copy`
    copy: VolumeSnapshot | None = None  # where the movers work
    temporary_pvc: Pvc | None = None
    job: Job | None = None
    # Looked up only where the next step depends on them.
    used: bool = False  # a container has started with the PVC
    node: str = ""  # where a pod has it mounted; "" where none does
    cluster: ClusterState = field(default_factory=ClusterState)


@dataclass(frozen=True, kw_only=True)
class DestinationView:
    """Everything that a destination's next step depends on."""

    owner: Replication
    temporary_pvc: Pvc | None = None
    job: Job | None = None
    images: tuple[VolumeSnapshot, ...] = ()
    # Of a destination whose movers work apart.
    taken: tuple[VolumeSnapshot, ...] = ()  # where the movers work, one for each image
    contents: tuple[SnapshotContent, ...] = ()  # the same snapshots again, for the images
    origin: SnapshotContent | None = None  # of what the running attempt has taken
    # Looked up only where there is a volume whose fate depends on them.
    pvc: Pvc | None = None  # the very PVC that the owner was made for
    populating: bool = False  # VolSync's populator has made a volume from an image for it
    used: bool = False  # a container has started with it
    cluster: ClusterState = field(default_factory=ClusterState)


@dataclass(frozen=True, kw_only=True)
class Event:
    """One line in `kubectl describe`, on the owner and, where people look there, on the PVC."""

    reason: str
    message: str
    warning: bool = False
    on_claim: bool = False


@dataclass(frozen=True, kw_only=True)
class Create:
    """Create an object; one that needs a place only where one more mover may run."""

    manifest: Mapping[str, Any]
    events: tuple[Event, ...] = ()
    needs_place: bool = False


@dataclass(frozen=True, kw_only=True)
class Start(Create):
    """Create a Job that must come out with the repository mounted."""


@dataclass(frozen=True, kw_only=True)
class Delete:
    """Delete exactly the object that was seen."""

    kind: str
    namespace: str
    name: str
    uid: str
    version: str = ""  # set where a change since then must stop the deletion


@dataclass(frozen=True, kw_only=True)
class Touch:
    """Change an annotation, so that the object's own controller looks at it again."""

    kind: str
    namespace: str
    name: str
    version: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Write:
    """Change the owner's status, unless it has changed since."""

    patch: Patch
    events: tuple[Event, ...] = ()
    failed: bool = False
    took: float | None = None  # seconds of a synchronisation that ends with it
    missed: bool = False  # it ended after the slot that followed


@dataclass(frozen=True, kw_only=True)
class Wait:
    """Nothing to do until an event, or `seconds` at the latest."""

    seconds: float | None = None


Step = Create | Delete | Touch | Write | Wait
