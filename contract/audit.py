"""Verdicts, reasons and paths of the audit. Words are only ever added here."""

from enum import StrEnum

from contract.names import Claim

SERVICE = "pvc-audit"

AUDIT = "/v1/audit"


class Verdict(StrEnum):
    """Whether a PVC would be restored from its backup; the worst first, as reports list them."""

    BROKEN = "broken"
    UNPROTECTED = "unprotected"
    RESTORING = "restoring"
    PROTECTED = "protected"
    EXEMPT = "exempt"


class Reason(StrEnum):
    """The reason of a verdict, as one word for metrics, filters and the runbook."""

    BACKED_UP = "backed-up"
    NOT_USED = "not-used"  # unchanged since its restore
    PENDING = "pending"  # waits for its restore
    ON_PURPOSE = "on-purpose"
    NO_LABEL = "no-label"
    NO_REASON = "no-reason"
    UNKNOWN_LABEL = "unknown-label"
    EXCLUDED = "excluded-namespace"
    NOT_BOUND = "not-bound"
    FIRST_BACKUP = "first-backup"  # it has not ended yet
    DATA_LOST = "data-lost"  # its newest backup lacks what the ones before it held
    NOT_RESTORED = "not-restored"  # its name's backups are of another PVC
    NO_SNAPSHOTS = "no-snapshots"  # of volumes: it is backed up, but nothing restores it by itself
    SECRET = "secret"  # noqa: S105 - a link of the chain
    SOURCE = "source"
    DESTINATION = "destination"
    MOVER = "mover"
    LATE = "late"
    REPOSITORY = "repository"


class Key:
    """JSON keys, and columns of the CSV."""

    NAMESPACE = "namespace"
    PVC = "pvc"
    VERDICT = "verdict"
    REASON = "reason"
    TEXT = "text"
    LABEL = "label"
    PHASE = "phase"
    STORAGE_CLASS = "storageClass"
    SNAPSHOT = "snapshot"
    TIME = "time"
    AGE = "age"  # seconds since the last complete snapshot; -1 where there is none
    SIZE = "size"
    FILES = "files"
    NEXT_RUN = "nextRun"
    # The newest snapshot from before the loss of data; "" and 0 where nothing was lost.
    BEFORE = "before"
    BEFORE_TIME = "beforeTime"
    BEFORE_SIZE = "beforeSize"
    BEFORE_FILES = "beforeFiles"


def audit_path(claim: Claim) -> str:
    """The path of one PVC's details."""
    return f"{AUDIT}/{claim.namespace}/{claim.name}"
