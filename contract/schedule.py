"""Cron, retention and the stable spread of start times."""

import hashlib
from dataclasses import asdict, dataclass

from contract.labels import Tier
from contract.names import Claim

DAILY_HOUR = 2
HOUR = 60  # minutes
DEFAULT_WINDOW = HOUR  # minutes after DAILY_HOUR over which daily backups start
MAX_WINDOW = 20 * HOUR  # a window that passed midnight would need a second cron field

# The policies compute the same spread in CEL, where only hex digits of a hash are at hand.
SPREAD_DIGITS = 4

CLEANUP = "*/15 * * * *"


@dataclass(frozen=True)
class Retention:
    """Snapshots that Kopia keeps of one identity. All keys are set, so that none is inherited."""

    hourly: int = 24
    daily: int = 7
    weekly: int = 4
    monthly: int = 2
    annual: int = 0
    latest: int = 2  # docs/adr/0021-the-last-two-stay.md

    def items(self) -> dict[str, int]:
        """Kopia's keys and their counts."""
        return asdict(self)


RETENTION = Retention()


def spread_offset(claim: Claim, window: int) -> int:
    """A stable minute in [0, window) for a claim."""
    digest = hashlib.sha256(f"{claim.namespace}/{claim.name}".encode()).hexdigest()
    return int(digest[:SPREAD_DIGITS], 16) % window


def is_in_window(line: str, window: int) -> bool:
    """Whether a cron line names a fixed time of day within the daily backups' window (minutes)."""
    minute, hour, *_ = [*line.split(), "", ""]
    if not (minute.isdecimal() and hour.isdecimal()):
        return False
    return 0 <= (int(hour) - DAILY_HOUR) * HOUR + int(minute) < window


def cron(tier: Tier, claim: Claim, *, spread: bool = True, window: int = DEFAULT_WINDOW) -> str:
    """The schedule of a claim as five cron fields, in the stack's time zone.

    `window` (minutes, 1..MAX_WINDOW) only bounds daily backups; hourly ones spread over the hour.
    """
    if not 1 <= window <= MAX_WINDOW:
        raise ValueError(f"window must be 1 to {MAX_WINDOW} minutes")
    if tier is Tier.HOURLY:
        return f"{spread_offset(claim, HOUR) if spread else 0} * * * *"
    offset = spread_offset(claim, window) if spread else 0
    return f"{offset % HOUR} {DAILY_HOUR + offset // HOUR} * * *"
