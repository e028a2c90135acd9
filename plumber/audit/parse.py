"""Parses API objects into the values that a verdict needs. Pure."""

from dataclasses import dataclass
from datetime import datetime

from contract.labels import ACCEPT_LOSS, BACKUP, REASON
from contract.names import Claim
from contract.temporary import is_temporary
from contract.times import parse_strict
from contract.volsync import ERROR, PROVIDER, SCHEDULED, SYNCHRONIZING
from kube import fields
from kube.fields import Raw


@dataclass(frozen=True, kw_only=True, slots=True)
class Volume:
    """A PVC."""

    claim: Claim
    label: str | None  # its `backup`
    excuse: str  # why it is exempt
    uid: str
    restored_from: str  # the snapshot that it was created to be filled with; "" where none
    accepted_loss: str  # the snapshot whose loss of data a person has accepted
    phase: str
    storage_class: str
    created: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Sync:
    """A ReplicationSource or ReplicationDestination of ours."""

    reason: str = ""  # of its condition
    message: str = ""
    last: str = ""  # RFC 3339; "" where it has never synchronised
    next: str = ""

    @property
    def trouble(self) -> str:
        """The message of its failure; "" where there is none."""
        return (self.message or ERROR) if self.reason == ERROR else ""

    @property
    def waits(self) -> bool:
        """Whether the first backup waits until a pod has used the restored volume."""
        return self.reason == SCHEDULED and not self.last


@dataclass(frozen=True, kw_only=True, slots=True)
class Secret:
    """An ExternalSecret. `trouble` is why its Secret is not filled; "" where it is."""

    trouble: str


def lasting_volume(raw: Raw) -> Volume | None:
    """Parses a PVC; None for one that is there only while a backup or restore runs."""
    return None if is_temporary(raw["metadata"]) else volume(raw)


def volume(raw: Raw) -> Volume:
    """Parses a PVC, labelled or not."""
    meta, spec = raw["metadata"], raw.get("spec") or {}
    marks = fields.annotations(raw)
    return Volume(
        claim=Claim(meta["namespace"], meta["name"]),
        label=fields.labels(raw).get(BACKUP),
        excuse=(marks.get(REASON) or "").strip(),
        uid=meta["uid"],
        accepted_loss=marks.get(ACCEPT_LOSS) or "",
        restored_from=fields.restored_from(raw),
        phase=fields.phase(raw),
        storage_class=spec.get("storageClassName") or "",
        created=parse_strict(meta["creationTimestamp"]),
    )


def sync(raw: Raw) -> Sync | None:
    """Parses a Replication object; None where another provider serves it."""
    if ((raw.get("spec") or {}).get("external") or {}).get("provider") != PROVIDER:
        return None
    status, condition = fields.status(raw), fields.condition(raw, SYNCHRONIZING)
    return Sync(
        reason=condition.get("reason") or "",
        message=condition.get("message") or "",
        last=status.get("lastSyncTime") or "",
        next=status.get("nextSyncTime") or "",
    )


def secret(raw: Raw) -> Secret:
    """Parses an ExternalSecret; one without a status is not filled yet."""
    if fields.is_filled(raw):
        return Secret(trouble="")
    ready = fields.condition(raw, fields.READY)
    return Secret(trouble=ready.get("message") or "it has not been filled yet")
