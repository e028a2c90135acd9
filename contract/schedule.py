"""The tiers, cron, retention and the stable spread of start times."""

import hashlib
from dataclasses import asdict, dataclass
from datetime import timedelta

from contract.names import Claim

DAILY_HOUR = 2
HOUR = 60  # minutes
DEFAULT_WINDOW = HOUR  # minutes after DAILY_HOUR over which daily backups start
MAX_WINDOW = 20 * HOUR  # a window that passed midnight would need a second cron field

# The policies compute the same spread in CEL, where only hex digits of a hash are at hand.
SPREAD_DIGITS = 4

CLEANUP = "*/15 * * * *"

PATIENCE = timedelta(minutes=30)  # for the backup itself


@dataclass(frozen=True, kw_only=True)
class Tier:
    """How often PVCs with one value of the label are backed up."""

    every: timedelta
    hour: int | None = None  # at which the window of their starts opens; None: each hour is one
    days: str = "* * *"  # cron's day of the month, month and day of the week

    @property
    def late(self) -> timedelta:
        """The age of the newest backup from which on the next one is late.

        As VolSync calls a volume out of sync: the slot after the missed one has passed.
        """
        return 2 * self.every + PATIENCE


# The label's values. Cron, policies, lateness, policy pack and docs follow from these rows.
TIERS = {
    "hourly": Tier(every=timedelta(hours=1)),
    "daily": Tier(every=timedelta(days=1), hour=DAILY_HOUR),
}


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


def is_tier(value: object) -> bool:
    """Whether a label's value asks for backups. It may be anything that a program has written."""
    return isinstance(value, str) and value in TIERS


def cron(tier: str, claim: Claim, *, spread: bool = True, window: int = DEFAULT_WINDOW) -> str:
    """The schedule of a claim as five cron fields, in the stack's time zone.

    `window` (minutes, 1..MAX_WINDOW) does not bound hourly backups: they spread over the hour.
    Raises KeyError for what is no tier.
    """
    row = TIERS[tier]
    if not 1 <= window <= MAX_WINDOW:
        raise ValueError(f"window must be 1 to {MAX_WINDOW} minutes")
    if row.hour is None:
        return f"{spread_offset(claim, HOUR) if spread else 0} * {row.days}"
    offset = spread_offset(claim, window) if spread else 0
    return f"{offset % HOUR} {row.hour + offset // HOUR} {row.days}"
