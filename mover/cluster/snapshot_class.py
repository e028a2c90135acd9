"""Chooses the VolumeSnapshotClass of a volume, where its driver has one. Pure."""

from collections.abc import Iterable

from kube import fields
from kube.fields import Raw
from mover.model import Storage

IMMEDIATE = "Immediate"
IS_DEFAULT = "snapshot.storage.kubernetes.io/is-default-class"


def storage(storage_class: Raw | None, classes: Iterable[Raw], configured: str) -> Storage:
    """The configured class where it is the driver's own, else the driver's default or only one.

    Of a StorageClass that does not exist any more the driver is unknown: the configured class is
    tried. Several classes without a default are left to the snapshot controller, which says so.
    """
    driver = fields.provisioner(storage_class)
    if not driver:
        return Storage(snapshot_class=configured)
    classes = list(classes)
    drivers = {fields.driver(item) for item in classes}
    own = {item["metadata"]["name"]: item for item in classes if fields.driver(item) == driver}
    default = sorted(name for name, item in own.items() if _is_default(item))
    chosen = [configured] if configured in own else default or sorted(own)
    return Storage(
        has_snapshots=fields.takes_snapshots(driver, drivers),
        snapshot_class=chosen[0] if len(chosen) == 1 else "",
        binds_at_once=(storage_class or {}).get("volumeBindingMode", IMMEDIATE) == IMMEDIATE,
    )


def _is_default(item: Raw) -> bool:
    return fields.annotations(item).get(IS_DEFAULT) == "true"
