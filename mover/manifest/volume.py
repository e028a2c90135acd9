"""Manifests of the temporary volumes and snapshots."""

from typing import Any

from lightkube.utils.quantity import parse_quantity

from contract.labels import CREATED_BY, MANAGED_BY, PART_OF, PROJECT, PVC, ROLE, VOLSYNC
from contract.names import Claim, label_value
from contract.scope import MOVER
from contract.volsync import API_VERSION, SNAPSHOT_GROUP
from kube.resource import SNAPSHOT, SNAPSHOT_CONTENT
from mover import names
from mover.model import Pvc, Replication, SnapshotContent, VolumeSnapshot
from mover.result import Result, encode


def metadata(owner: Replication, namespace: str, name: str) -> dict[str, Any]:
    """Metadata of a temporary: whose it is, and of which attempt.

    Kubernetes removes it with its owner, but in another namespace, or in none, only the controller
    does.
    """
    labels = {CREATED_BY: VOLSYNC, ROLE: owner.role, PART_OF: PROJECT, MANAGED_BY: MOVER}
    if owner.claim:
        labels[PVC] = label_value(Claim(owner.namespace, owner.claim))
    marks = {names.SYNC: names.sync_id(owner.status.started, owner.status.attempts)}
    meta: dict[str, Any] = {"name": name, "labels": labels, "annotations": marks}
    if namespace:
        meta["namespace"] = namespace
    if namespace != owner.namespace:
        labels[names.OWNER] = names.digest(owner.key)
        marks |= {names.OWNER: names.place_of(owner.key), names.OWNER_UID: owner.uid}
        return meta
    reference = {
        "apiVersion": API_VERSION,
        "kind": owner.kind,
        "name": owner.name,
        "uid": owner.uid,
        "controller": True,
        "blockOwnerDeletion": False,
    }
    return meta | {"ownerReferences": [reference]}


def snapshot(
    owner: Replication,
    namespace: str,
    name: str,
    *,
    source: str,
    snapshot_class: str,
    result: Result | None = None,
) -> dict[str, Any]:
    """A VolumeSnapshot of a PVC. An image carries the result that it stands for."""
    spec: dict[str, Any] = {"source": {"persistentVolumeClaimName": source}}
    if snapshot_class:
        spec["volumeSnapshotClassName"] = snapshot_class
    return _snapshot(owner, namespace, name, spec, result)


def again(
    owner: Replication, namespace: str, name: str, content: str, result: Result | None = None
) -> dict[str, Any]:
    """A VolumeSnapshot of what the storage has already, in another namespace than the first."""
    spec = {"source": {"volumeSnapshotContentName": content}}
    return _snapshot(owner, namespace, name, spec, result)


def content(
    owner: Replication, name: str, origin: SnapshotContent, namespace: str, snapshot_name: str
) -> dict[str, Any]:
    """The VolumeSnapshotContent for a VolumeSnapshot of what `origin` stands for.

    It never deletes at the storage: that is the part of `origin` alone.
    """
    spec = {
        "driver": origin.driver,
        "deletionPolicy": "Retain",
        "source": {"snapshotHandle": origin.handle},
        "volumeSnapshotRef": {"namespace": namespace, "name": snapshot_name},
    }
    if origin.volume_mode:
        spec["sourceVolumeMode"] = origin.volume_mode
    return {
        "apiVersion": f"{SNAPSHOT_GROUP}/v1",
        "kind": SNAPSHOT_CONTENT,
        "metadata": metadata(owner, "", name),
        "spec": spec,
    }


def _snapshot(
    owner: Replication, namespace: str, name: str, spec: dict[str, Any], result: Result | None
) -> dict[str, Any]:
    meta = metadata(owner, namespace, name)
    if result:
        meta["annotations"][names.RESULT] = encode(result)
    return {
        "apiVersion": f"{SNAPSHOT_GROUP}/v1",
        "kind": SNAPSHOT,
        "metadata": meta,
        "spec": spec,
    }


def pvc(
    owner: Replication,
    name: str,
    *,
    size: str,
    modes: tuple[str, ...],
    storage_class: str,
    snapshot_name: str = "",
) -> dict[str, Any]:
    """A temporary PVC where the movers work, empty or made from a snapshot."""
    spec: dict[str, Any] = {
        "accessModes": list(modes),
        "resources": {"requests": {"storage": size}},
        "volumeMode": "Filesystem",
    }
    if storage_class:
        spec["storageClassName"] = storage_class
    if snapshot_name:
        spec["dataSource"] = {
            "apiGroup": SNAPSHOT_GROUP,
            "kind": SNAPSHOT,
            "name": snapshot_name,
        }
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": metadata(owner, owner.workplace, name),
        "spec": spec,
    }


def copy_of(owner: Replication, name: str, source: Pvc, taken: VolumeSnapshot) -> dict[str, Any]:
    """The PVC that a backup reads: as large as the snapshot needs, else like its source.

    `name` is also that of the snapshot beside it, which has no size where it is one `again`.
    """
    return pvc(
        owner,
        name,
        size=larger(taken.size, source.request),
        modes=source.modes,
        storage_class=source.storage_class,
        snapshot_name=name,
    )


def is_quantity(text: str) -> bool:
    """Whether it is an amount of storage above zero."""
    try:
        return (parse_quantity(text) or 0) > 0
    except ValueError:
        return False


def larger(one: str, other: str) -> str:
    """The larger of two quantities."""
    return one if (parse_quantity(one) or 0) > (parse_quantity(other) or 0) else other
