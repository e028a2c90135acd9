"""Builders of what the mover's plans read, with defaults: owners, their temporaries, views."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from contract.environment import Isolation, MoverSettings
from contract.labels import CREATED_BY, DESTINATION, RESTORE_FROM, ROLE, SOURCE, VOLSYNC
from contract.names import Claim, destination_name
from contract.repository import NfsExport
from contract.volsync import SpecKey, StatusKey
from kube import resource
from mover import names, status
from mover.job.task import Ordered
from mover.model import ClusterState, Job, Phase, Pvc, Replication, SourceView, VolumeSnapshot
from mover.result import Result
from mover.status import Status

NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
STARTED = NOW - timedelta(minutes=2)
PIN = "a" * 64
WANTED = "1" * 32
SPACE = "media"

CONFIG = MoverSettings(
    image="registry.local/pvc-backup:test",
    snapshot_class="fast",
    isolation=Isolation.NAMESPACE,
)
APART = replace(CONFIG, isolation=Isolation.SYSTEM)
ORDERED = Ordered(at=NOW, start_deadline=CONFIG.start_deadline)
NATIVE_EXPORT = NfsExport("nas.example", "/backup")
CLUSTER = ClusterState(pin=PIN)
PROVEN = Result(
    verified=True,
    repository=PIN,
    snapshot=WANTED,
    time="2026-03-01T12:00:00Z",
    files=3,
    dirs=2,
    bytes=10,
)
PARAMETERS = {
    SpecKey.SECRET: "volsync-photos",
    SpecKey.USER: "photos-backup",
    SpecKey.HOST: SPACE,
}


def source(**changes: Any) -> Replication:
    """A ReplicationSource that backs up PVC photos every hour at :17."""
    values: dict[str, Any] = {
        "kind": resource.REPLICATION_SOURCE,
        "role": SOURCE,
        "namespace": SPACE,
        "name": "photos-backup",
        "uid": "rs-uid",
        "version": "7",
        "workplace": SPACE,
        "schedule": "17 * * * *",
        "claim": "photos",
        "claim_uid": "pvc-uid",
        "parameters": PARAMETERS,
    }
    return Replication(**(values | changes))


def destination(snapshot: str = WANTED, **changes: Any) -> Replication:
    """A ReplicationDestination whose PVC has recorded a snapshot."""
    values: dict[str, Any] = {
        "kind": resource.REPLICATION_DESTINATION,
        "role": DESTINATION,
        "namespace": SPACE,
        "name": "photos-restore",
        "uid": "rd-uid",
        "version": "7",
        "workplace": SPACE,
        "claim": "photos",
        "claim_uid": "pvc-uid",
        "parameters": {
            **PARAMETERS,
            SpecKey.SNAPSHOT: snapshot,
            SpecKey.CAPACITY: "1Gi",
            SpecKey.ACCESS_MODES: "ReadWriteOnce",
            SpecKey.STORAGE_CLASS: "fast",
        },
    }
    return Replication(**(values | changes))


def running(request: str = "", attempts: int = 0, **changes: Any) -> Status:
    """The status of an owner whose synchronisation has begun."""
    external = {StatusKey.REQUEST: request} | (
        {StatusKey.ATTEMPTS: str(attempts)} if attempts else {}
    )
    return Status(started=STARTED, external=external, **changes)


def child(owner: Replication, kind: str, name: str) -> dict[str, Any]:
    """What every temporary of the running attempt has."""
    return {
        "kind": kind,
        "namespace": owner.namespace,
        "name": name,
        "uid": f"{name}-uid",
        "version": "3",
        "created": STARTED,
        "owner": owner.uid,
        "sync": names.sync_id(owner.status.started, owner.status.attempts),
        "made_here": True,
    }


def job(owner: Replication, /, phase: Phase = Phase.RUNNING, **changes: Any) -> Job:
    """The Job of the running attempt."""
    values = child(owner, resource.JOB, names.job(owner.role, owner.name))
    values.update(phase=phase, started=True)
    values.update(changes)
    return Job(**values)


def temporary_pvc(owner: Replication, /, **changes: Any) -> Pvc:
    """The temporary PVC of the running attempt."""
    name = (
        names.source_copy(owner.name)
        if owner.role == SOURCE
        else names.destination_volume(owner.name)
    )
    values = child(owner, resource.PVC, name)
    values.update(phase="Bound")
    values.update(changes)
    return Pvc(**values)


def pvc(**changes: Any) -> Pvc:
    """The PVC that is backed up: a user's object, not ours."""
    values: dict[str, Any] = {
        **child(source(), resource.PVC, "photos"),
        "owner": "",
        "sync": "",
        "made_here": False,
        "phase": "Bound",
        "request": "1Gi",
        "storage_class": "fast",
        "modes": ("ReadWriteOnce",),
    }
    return Pvc(**(values | changes))


def taken(owner: Replication, /, **changes: Any) -> VolumeSnapshot:
    """The VolumeSnapshot of a source."""
    values = child(owner, resource.SNAPSHOT, names.source_copy(owner.name))
    values.update(ready=True, size="1Gi")
    values.update(changes)
    return VolumeSnapshot(**values)


def image(owner: Replication, /, **changes: Any) -> VolumeSnapshot:
    """The VolumeSnapshot of the running restore."""
    sync = names.sync_id(STARTED, owner.status.attempts)
    values = child(owner, resource.SNAPSHOT, names.image(owner.name, sync))
    values.update(ready=True, result=PROVEN)
    values.update(changes)
    return VolumeSnapshot(**values)


def pvc_spec(**fields: Any) -> dict[str, Any]:
    """The spec of a user's PVC, as the API returns it."""
    spec = {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": "fast",
        "resources": {"requests": {"storage": "1Gi"}},
    }
    return spec | fields


def filled(name: str, snapshot: str = WANTED) -> dict[str, Any]:
    """What the mutating policy adds to a PVC that is to be filled from a snapshot."""
    ref = {"kind": resource.REPLICATION_DESTINATION, "name": destination_name(Claim(SPACE, name))}
    marks = {RESTORE_FROM: snapshot}
    return {"metadata": {"annotations": marks}, "spec": {"dataSourceRef": ref}}


def temporary(owner_uid: str, role: str, name: str, sync: str = "s") -> dict[str, Any]:
    """The metadata of a temporary object, as the API returns it."""
    return {
        "annotations": {names.SYNC: sync},
        "name": name,
        "namespace": SPACE,
        "labels": {CREATED_BY: VOLSYNC, ROLE: role},
        "ownerReferences": [{"uid": owner_uid, "controller": True}],
    }


def source_at_work(**changes: Any) -> SourceView:
    """The view of a source whose synchronisation runs."""
    values: dict[str, Any] = {
        "owner": source(status=running()),
        "pvc": pvc(),
        "cluster": CLUSTER,
    }
    return SourceView(**(values | changes))


def reason_of(patch: dict[str, Any]) -> str:
    """The reason of the condition that a patch sets."""
    return next(c["reason"] for c in patch["conditions"] if c["type"] == status.SYNCHRONIZING)


def message_of(patch: dict[str, Any]) -> str:
    """The message of the condition that a patch sets."""
    return next(c["message"] for c in patch["conditions"] if c["type"] == status.SYNCHRONIZING)
