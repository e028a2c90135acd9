"""The answer to a question about a PVC, and its JSON."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from contract.answer import Decision, Field, Status
from contract.names import Claim
from contract.times import exact_text, time_text
from kopia.snapshots import Snapshot


class Cause(StrEnum):
    """Why an answer is what it is: one word for metrics and logs."""

    BACKUP = "backup"
    NO_BACKUP = "no-backup"
    ACCEPTED = "accepted"
    UNPINNED = "unpinned"
    UNLISTED = "unlisted"
    OTHER_REPOSITORY = "other-repository"
    STALE = "stale"
    LEDGER = "ledger"
    INCOMPLETE = "incomplete"
    AMBIGUOUS = "ambiguous"
    LOST = "lost"
    BEHIND = "behind"
    AS_OF = "as-of"
    CLOCK = "clock"
    MANIFEST = "manifest"
    REQUEST = "request"
    FAULT = "fault"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The decision that a policy acts on, with the reason that a person reads."""

    decision: Decision
    cause: Cause
    reason: str
    claim: Claim | None = None
    snapshot: Snapshot | None = None
    repository: str = ""
    age: float = -1.0
    start_empty: str = ""

    @property
    def status(self) -> int:
        """The HTTP status. An unknown answer never has a good one."""
        known = self.decision is not Decision.UNKNOWN
        return Status.KNOWN if known else Status.UNKNOWN

    def body(self) -> dict[str, str | bool | int | float]:
        """The JSON object; every answer and every error has all of its keys."""
        claim, snapshot = self.claim, self.snapshot
        return {
            Field.DECISION: self.decision.value,
            Field.AUTHORITATIVE: self.decision is not Decision.UNKNOWN,
            Field.REASON: self.reason,
            Field.EXISTS: self.decision is Decision.RESTORE,
            Field.NAMESPACE: claim.namespace if claim else "",
            Field.PVC: claim.name if claim else "",
            Field.SNAPSHOT: snapshot.id if snapshot else "",
            Field.TIME: exact_text(snapshot.start) if snapshot else "",
            Field.SIZE: snapshot.bytes if snapshot else 0,
            Field.FILES: snapshot.files if snapshot else 0,
            Field.REPOSITORY: self.repository,
            Field.START_EMPTY: self.start_empty,
            Field.AGE: round(self.age, 3),  # last, where it can be exchanged
        }


def as_of_text(snapshot: Snapshot) -> str:
    """The `restore-as-of` that selects this snapshot: its start, rounded up to a second."""
    start = snapshot.start
    up = start + timedelta(seconds=1) if start.microsecond else start
    return time_text(up)


def refusal(cause: Cause, reason: str) -> Answer:
    """The answer to a request that cannot be understood or served."""
    return Answer(decision=Decision.UNKNOWN, cause=cause, reason=reason)
