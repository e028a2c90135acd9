"""The PVCs of a cluster, with what matters for their backups. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from adopt.cluster import ClusterError, Raw
from contract.labels import (
    BACKUP,
    CNPG_CLUSTER,
    CREATED_BY,
    POPULATOR_PREFIX,
    POPULATOR_PVC_FOR,
    VOLSYNC,
)
from contract.names import PVC_NAME_LIMIT, Claim, is_restorable
from contract.schedule import TIERS, is_tier


@dataclass(frozen=True, kw_only=True)
class Volume:
    """A PVC that a person or a program created."""

    claim: Claim
    label: str  # its `backup`; "" where it has none
    is_database: bool = False

    @property
    def is_wanted(self) -> bool:
        """Whether it asks for backups."""
        return is_tier(self.label)


def volumes(pvcs: Iterable[Raw]) -> tuple[Volume, ...]:
    """The PVCs without the temporary ones that VolSync creates."""
    metadata = (raw["metadata"] for raw in pvcs)
    try:
        permanent = [_volume(meta) for meta in metadata if not _is_temporary(meta)]
    except (KeyError, TypeError, AttributeError, ValueError):
        raise ClusterError("a PersistentVolumeClaim cannot be read") from None
    return tuple(sorted(permanent, key=lambda volume: volume.claim))


def note(volume: Volume, excluded: Collection[str]) -> str:
    """Why this system would ignore or refuse the PVC; "" where it would do neither."""
    if volume.claim.namespace in excluded:
        return "its namespace is excluded from backup"
    if volume.is_database:
        return "a database's volume, which must not carry the label"
    if not is_restorable(volume.claim):
        return f"its name has more than {PVC_NAME_LIMIT} characters, so the label is refused"
    return "" if volume.is_wanted else f"without a label {BACKUP}: {' or '.join(TIERS)}"


def _volume(meta: Raw) -> Volume:
    labels = meta.get("labels") or {}
    return Volume(
        claim=Claim(meta["namespace"], meta["name"]),
        label=labels.get(BACKUP) or "",
        is_database=CNPG_CLUSTER in labels,
    )


def _is_temporary(meta: Raw) -> bool:
    labels = meta.get("labels") or {}
    is_prime = POPULATOR_PVC_FOR in labels and meta["name"].startswith(POPULATOR_PREFIX)
    return is_prime or labels.get(CREATED_BY) == VOLSYNC
