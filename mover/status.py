"""Reads `status` of a ReplicationSource or ReplicationDestination, and computes its changes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from contract import volsync
from contract.times import SKEW, parse_lenient, time_text
from contract.volsync import StatusKey
from mover.result import Result

# VolSync's condition and its reasons; upstream api/v1alpha1/common_types.go.
SYNCHRONIZING = volsync.SYNCHRONIZING
IN_PROGRESS = "SyncInProgress"
SCHEDULED = volsync.SCHEDULED
MANUAL = "WaitingForManual"
ERROR = volsync.ERROR
PAUSED = "Paused"  # ours: upstream has no word for it

# Ours: shown from the first great loss of files on.
RETENTION_HELD = "RetentionHeld"
FILES_LOST = "FilesLost"
ACCEPTED = "Accepted"

SUCCESSFUL = "Successful"
FAILED = "Failed"

# When a backup ended whose own time cannot be right: long ago, so that the next one is due.
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)

Patch = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Condition:
    """What `kubectl get` shows of an object's synchronisation."""

    reason: str
    message: str

    @property
    def status(self) -> str:
        """Only a running synchronisation is "True", as upstream has it, or a held retention."""
        return "True" if self.reason in (IN_PROGRESS, FILES_LOST) else "False"


@dataclass(frozen=True, kw_only=True)
class Status:
    """The parts of `status` that decisions need."""

    started: datetime | None = None  # as it was written, even if ahead: it names the attempt
    last_sync: datetime | None = None
    next_sync: datetime | None = None
    last_manual: str = ""
    image: str = ""
    logs: str = ""  # what the last mover said
    external: Mapping[str, str] = field(default_factory=dict)
    conditions: tuple[Mapping[str, Any], ...] = ()

    @property
    def attempts(self) -> int:
        """How often the running synchronisation has failed."""
        text = self.external.get(StatusKey.ATTEMPTS, "")
        return int(text) if text.isdecimal() else 0

    @property
    def retry_after(self) -> datetime | None:
        """Before this moment nothing is tried again."""
        return parse_lenient(self.external.get(StatusKey.RETRY_AFTER))

    @property
    def repository_failed(self) -> datetime | None:
        """Since when the repository has failed the last attempt; None where it has not."""
        return parse_lenient(self.external.get(StatusKey.REPOSITORY_FAILED))

    @property
    def held_by(self) -> str:
        """The snapshot since which retention is held; "" where it is not."""
        return self.external.get(StatusKey.HELD_BY, "")

    @property
    def request(self) -> str:
        """What the running synchronisation was asked for."""
        return self.external.get(StatusKey.REQUEST, "")

    def spent(self, now: datetime) -> float:
        """Seconds that the running synchronisation has taken."""
        return max((now - self.started).total_seconds(), 0.0) if self.started else 0.0

    def shows(self, wanted: Condition) -> bool:
        """Whether the condition is there already."""
        return any(
            (c.get("type"), c.get("status"), c.get("reason"), c.get("message"))
            == (SYNCHRONIZING, wanted.status, wanted.reason, wanted.message)
            for c in self.conditions
        )


def parse(raw: Mapping[str, Any] | None, now: datetime) -> Status:
    """Reads `status`, which may be absent. What has been done was done by `now`."""
    raw = raw or {}
    return Status(
        started=parse_lenient(raw.get("lastSyncStartTime")),
        last_sync=_past(parse_lenient(raw.get("lastSyncTime")), now),
        next_sync=parse_lenient(raw.get("nextSyncTime")),
        last_manual=raw.get("lastManualSync") or "",
        image=(raw.get("latestImage") or {}).get("name", ""),
        logs=(raw.get("latestMoverStatus") or {}).get("logs") or "",
        external=raw.get("external") or {},
        conditions=tuple(raw.get("conditions") or ()),
    )


def _past(time: datetime | None, now: datetime) -> datetime | None:
    if time and time > now + SKEW:
        return LONG_AGO
    return min(time, now) if time else None


def condition(status: Status, wanted: Condition, now: datetime) -> Patch:
    """The list of conditions with ours in it."""
    return {"conditions": _with(status.conditions, SYNCHRONIZING, wanted, now)}


def _with(
    conditions: tuple[Mapping[str, Any], ...], kind: str, wanted: Condition, now: datetime
) -> list[Mapping[str, Any]]:
    others = [c for c in conditions if c.get("type") != kind]
    before = next((c for c in conditions if c.get("type") == kind), {})
    is_same = before.get("status") == wanted.status
    kept = before.get("lastTransitionTime") if is_same else None
    ours = {
        "type": kind,
        "status": wanted.status,
        "reason": wanted.reason,
        "message": wanted.message,
        "lastTransitionTime": kept or time_text(now),
    }
    return [*others, ours]


def _held(status: Status, result: Result, now: datetime) -> list[Mapping[str, Any]]:
    """The conditions with RetentionHeld, where retention is or was held."""
    if result.held_by:
        wanted = Condition(reason=FILES_LOST, message=result.note)
    elif status.held_by:
        wanted = Condition(reason=ACCEPTED, message=f"Snapshot {status.held_by} was accepted")
    else:
        return list(status.conditions)
    return _with(status.conditions, RETENTION_HELD, wanted, now)


def begun(status: Status, request: str, now: datetime) -> Patch:
    """A synchronisation starts."""
    shown = condition(status, Condition(reason=IN_PROGRESS, message="Synchronization begins"), now)
    external = {StatusKey.REQUEST: request, StatusKey.ATTEMPTS: None, StatusKey.RETRY_AFTER: None}
    return {"lastSyncStartTime": time_text(now), "external": external, **shown}


def abandoned(status: Status, now: datetime) -> Patch:
    """What the synchronisation was for is not wanted any more."""
    shown = condition(status, Condition(reason=MANUAL, message="The request has changed"), now)
    external = {StatusKey.REQUEST: None, StatusKey.ATTEMPTS: None, StatusKey.RETRY_AFTER: None}
    return {"lastSyncStartTime": None, "external": external, **shown}


def failed(
    status: Status,
    reason: str,
    retry: datetime,
    now: datetime,
    *,
    repository_failed: datetime | None,
) -> Patch:
    """An attempt failed. All its objects are out of date from here on, so they are removed."""
    shown = condition(status, Condition(reason=ERROR, message=reason), now)
    external = {
        StatusKey.ATTEMPTS: str(status.attempts + 1),
        StatusKey.RETRY_AFTER: time_text(retry),
        StatusKey.REPOSITORY_FAILED: time_text(repository_failed) if repository_failed else None,
    }
    mover = {"result": FAILED, "logs": reason}
    return {"latestMoverStatus": mover, "external": external, **shown}


def finished(status: Status, result: Result, text: str, idle: Condition, now: datetime) -> Patch:
    """A synchronisation has succeeded; its results and the fields that VolSync's users read."""
    external = {
        StatusKey.SNAPSHOT: result.snapshot,
        StatusKey.SNAPSHOT_TIME: result.time,
        StatusKey.REPOSITORY: result.repository,
        StatusKey.FILES: str(result.files),
        StatusKey.BYTES: str(result.bytes),
        StatusKey.ERRORS: str(result.errors),
        StatusKey.HELD_BY: result.held_by or None,
        StatusKey.REQUEST: None,
        StatusKey.ATTEMPTS: None,
        StatusKey.RETRY_AFTER: None,
        StatusKey.REPOSITORY_FAILED: None,
    }
    return {
        "lastSyncTime": time_text(now),
        "lastSyncStartTime": None,
        "lastSyncDuration": f"{status.spent(now):.0f}s",
        "latestMoverStatus": {"result": SUCCESSFUL, "logs": text},
        "external": external,
        "conditions": _with(tuple(_held(status, result, now)), SYNCHRONIZING, idle, now),
    }
