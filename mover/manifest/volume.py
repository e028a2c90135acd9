"""Manifests of the temporary volumes and snapshots."""

from typing import Any

from lightkube.utils.quantity import parse_quantity

from contract.labels import CREATED_BY, PVC, ROLE, VOLSYNC
from contract.names import Claim, label_value
from contract.volsync import API_VERSION, SNAPSHOT_GROUP
from mover import names
from mover.model import Pvc, Replication, VolumeSnapshot
from mover.result import Result, encode


def metadata(owner: Replication, name: str) -> dict[str, Any]:
    """Metadata of a temporary: whose it is, and of which attempt."""
    labels = {CREATED_BY: VOLSYNC, ROLE: owner.role}
    if owner.claim:
        labels[PVC] = label_value(Claim(owner.namespace, owner.claim))
    return {
        "name": name,
        "namespace": owner.namespace,
        "labels": labels,
        "annotations": {names.SYNC: names.sync_id(owner.status.started, owner.status.attempts)},
        "ownerReferences": [
            {
                "apiVersion": API_VERSION,
                "kind": owner.kind,
                "name": owner.name,
                "uid": owner.uid,
                "controller": True,
                "blockOwnerDeletion": False,
            }
        ],
    }


def snapshot(
    owner: Replication, name: str, *, source: str, snapshot_class: str, result: Result | None = None
) -> dict[str, Any]:
    """A VolumeSnapshot of a PVC. An image carries the result that it stands for."""
    meta = metadata(owner, name)
    if result:
        meta["annotations"][names.RESULT] = encode(result)
    spec: dict[str, Any] = {"source": {"persistentVolumeClaimName": source}}
    if snapshot_class:
        spec["volumeSnapshotClassName"] = snapshot_class
    return {
        "apiVersion": f"{SNAPSHOT_GROUP}/v1",
        "kind": "VolumeSnapshot",
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
    """A temporary PVC, empty or made from a snapshot."""
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
            "kind": "VolumeSnapshot",
            "name": snapshot_name,
        }
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": metadata(owner, name),
        "spec": spec,
    }


def copy_of(owner: Replication, name: str, source: Pvc, taken: VolumeSnapshot) -> dict[str, Any]:
    """The PVC that a backup reads: as large as the snapshot needs, else like its source."""
    return pvc(
        owner,
        name,
        size=larger(taken.size, source.request),
        modes=source.modes,
        storage_class=source.storage_class,
        snapshot_name=taken.name,
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
