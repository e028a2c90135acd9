"""Circuit breaker for the repository: detects an outage, and says when to probe again. Pure."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from mover.status import Status

FIRST_PAUSE = 15.0  # seconds
LAST_PAUSE = 300.0
SPREAD = 0.2  # so that clusters with one repository do not ask in step
REASON_LIMIT = 300  # characters, as many objects repeat it


@dataclass(frozen=True, kw_only=True)
class Failure:
    """An attempt that the repository has failed, read from its owner's status."""

    owner: str  # uid
    when: datetime
    reason: str


@dataclass(frozen=True, kw_only=True)
class Outage:
    """The repository has failed, and nothing has succeeded since."""

    since: datetime
    last: Failure

    @property
    def probe_at(self) -> datetime:
        """When one mover may try. The pause grows with the outage, and all share it."""
        lasted = (self.last.when - self.since).total_seconds()
        pause = min(max(lasted, FIRST_PAUSE), LAST_PAUSE)
        digest = hashlib.sha256(f"{self.last.owner}/{self.last.when}".encode()).digest()
        return self.last.when + timedelta(seconds=pause * (1 - SPREAD * digest[0] / 255))


def failure(owner: str, status: Status) -> Failure | None:
    """The failure in an owner's status, where the repository has failed its last attempt."""
    when = status.repository_failed
    return Failure(owner=owner, when=when, reason=status.logs[:REASON_LIMIT]) if when else None


def outage(failures: Iterable[Failure], success: datetime | None, now: datetime) -> Outage | None:
    """The current outage; None where something has succeeded since the last failure.

    A failure whose time lies ahead says nothing: nobody is to wait until that has come.
    """
    newer = [
        failure
        for failure in failures
        if failure.when <= now and (success is None or failure.when > success)
    ]
    if not newer:
        return None
    last = max(newer, key=lambda failure: (failure.when, failure.owner))
    return Outage(since=min(failure.when for failure in newer), last=last)
