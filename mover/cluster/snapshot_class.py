"""Which VolumeSnapshotClass serves a volume, and whether any does. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from mover.model import Storage

IMMEDIATE = "Immediate"
IS_DEFAULT = "snapshot.storage.kubernetes.io/is-default-class"

Raw = Mapping[str, Any]


def storage(storage_class: Raw | None, classes: Iterable[Raw], configured: str) -> Storage:
    """The configured class where it is the driver's own, else the driver's default or only one.

    Of a StorageClass that does not exist any more the driver is unknown: the configured class is
    tried. Several classes without a default are left to the snapshot controller, which says so.
    """
    driver = (storage_class or {}).get("provisioner", "")
    if not driver:
        return Storage(snapshot_class=configured)
    own = {item["metadata"]["name"]: item for item in classes if item.get("driver") == driver}
    default = sorted(name for name, item in own.items() if _is_default(item))
    chosen = [configured] if configured in own else default or sorted(own)
    return Storage(
        has_snapshots=bool(own),
        snapshot_class=chosen[0] if len(chosen) == 1 else "",
        binds_at_once=(storage_class or {}).get("volumeBindingMode", IMMEDIATE) == IMMEDIATE,
    )


def _is_default(item: Raw) -> bool:
    return (item["metadata"].get("annotations") or {}).get(IS_DEFAULT) == "true"
