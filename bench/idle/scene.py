"""The objects of a cluster at rest: each PVC backed up, the next slot half a day away."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from contract import labels, repository
from contract.names import Claim, destination_name, identity, secret_name, source_name
from contract.schedule import HOUR, spread_offset
from contract.scope import MAINTENANCE, MOVERS_NAMESPACE, VOLSYNC_NAMESPACE
from contract.times import exact_text, time_text
from contract.volsync import SNAPSHOT_GROUP
from kopia.snapshots import Snapshot
from manifests import volsync, webhook
from manifests.params import PolicyParams
from mover import schedule, status
from mover.plan import destination
from mover.result import Result

Object = dict[str, Any]

TIER = "daily"
FAR = timedelta(hours=12)  # from now to the slots: no measurement takes as long
TIMEZONE = "UTC"
TOOK = timedelta(seconds=30)  # from a slot to the end of its backup
CLASS, DRIVER, SNAPSHOT_CLASS, SIZE = "fast", "csi.example", "fast-snapshots", "1Gi"
IDLE = status.Condition(reason=status.SCHEDULED, message="Waiting for the next slot")


@dataclass(frozen=True, kw_only=True)
class Protected:
    """One PVC with all that belongs to it. `uid` is that of the live PVC."""

    claim: Claim
    now: datetime

    def volume(self) -> Object:
        """The PV that the PVC is bound to."""
        reference = {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "namespace": self.claim.namespace,
            "name": self.claim.name,
        }
        return {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": self._volume_name},
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "capacity": {"storage": SIZE},
                "claimRef": reference,
                "csi": {"driver": DRIVER, "volumeHandle": self._volume_name},
                "persistentVolumeReclaimPolicy": "Delete",
                "storageClassName": CLASS,
            },
        }

    def pvc(self) -> Object:
        """The PVC with its label."""
        return {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {
                "namespace": self.claim.namespace,
                "name": self.claim.name,
                "labels": {labels.BACKUP: TIER},
                "annotations": {labels.BIND_COMPLETED: "yes"},
            },
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": SIZE}},
                "storageClassName": CLASS,
                "volumeName": self._volume_name,
            },
        }

    def source(self, uid: str) -> Object:
        """Its ReplicationSource."""
        return volsync.replication_source(
            self._metadata(source_name(self.claim), uid),
            pvc=self.claim.name,
            schedule=self._schedule,
            access=self._access,
        )

    def source_status(self, snapshot: Snapshot, unique_id: str) -> Object:
        """What the mover wrote when its last backup ended."""
        result = Result(
            verified=True,
            repository=unique_id,
            snapshot=snapshot.id,
            time=exact_text(snapshot.start),
            files=snapshot.files,
            dirs=snapshot.dirs,
            bytes=snapshot.bytes,
        )
        slot = schedule.following(self._schedule, self.now, TIMEZONE)
        ended = slot - timedelta(days=1) + TOOK
        before = status.Status(started=ended - TOOK)
        patch = status.finished(before, result, f"snapshot {snapshot.id}", IDLE, ended)
        return _without_none({**patch, "nextSyncTime": time_text(slot)})

    def destination(self, uid: str) -> Object:
        """Its ReplicationDestination, for which nobody waits."""
        return volsync.replication_destination(
            self._metadata(destination_name(self.claim), uid),
            snapshot="",
            access=self._access,
            volume=volsync.Volume(capacity=SIZE, access_modes="ReadWriteOnce", storage_class=CLASS),
        )

    def destination_status(self) -> Object:
        """What the mover wrote when it saw that there is nothing to restore."""
        return status.condition(status.Status(), destination.IDLE, self.now)

    @property
    def _volume_name(self) -> str:
        return f"pv-{self.claim.namespace}-{self.claim.name}"

    @property
    def _schedule(self) -> str:
        hour = (self.now + FAR).hour
        return f"{spread_offset(self.claim, HOUR)} {hour} * * *"

    @property
    def _access(self) -> volsync.Access:
        whose = identity(self.claim)
        return volsync.Access(secret=secret_name(self.claim), user=whose.user, host=whose.host)

    def _metadata(self, name: str, uid: str) -> Object:
        owner = {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "name": self.claim.name,
            "uid": uid,
        }
        return {"namespace": self.claim.namespace, "name": name, "ownerReferences": [owner]}


def namespace(name: str) -> Object:
    """A namespace."""
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def surroundings(unique_id: str, nodes: int) -> Iterator[Object]:
    """What the programs read beside PVCs: the pin, maintenance, classes and nodes."""
    yield namespace(VOLSYNC_NAMESPACE)
    yield namespace(MOVERS_NAMESPACE)
    here = {"namespace": VOLSYNC_NAMESPACE}
    yield {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {**here, "name": repository.PIN_CONFIG_MAP},
        "data": {repository.PIN_KEY: unique_id},
    }
    container = {"name": "maintenance", "image": "registry.example/pvc-backup"}
    pod = {"spec": {"containers": [container], "restartPolicy": "Never"}}
    yield {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {**here, "name": MAINTENANCE},
        "spec": {"schedule": "5 * * * *", "jobTemplate": {"spec": {"template": pod}}},
    }
    yield {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": CLASS},
        "provisioner": DRIVER,
    }
    yield {
        "apiVersion": f"{SNAPSHOT_GROUP}/v1",
        "kind": "VolumeSnapshotClass",
        "metadata": {"name": SNAPSHOT_CLASS},
        "driver": DRIVER,
        "deletionPolicy": "Delete",
    }
    for number in range(nodes):
        yield {"apiVersion": "v1", "kind": "Node", "metadata": {"name": f"node-{number}"}}


def own_webhook() -> Object:
    """pvc-plumber's webhook; it comes last, as nobody answers it here."""
    return webhook.configuration(PolicyParams())


def _without_none(patch: Mapping[str, Any]) -> Object:
    return {
        key: _without_none(value) if isinstance(value, Mapping) else value
        for key, value in patch.items()
        if value is not None
    }
