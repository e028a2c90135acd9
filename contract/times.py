"""RFC 3339: strict and lenient parsing, and formatting."""

import re
import time as clocks
from datetime import UTC, datetime, timedelta

# Clocks that differ by no more agree. Kopia itself refuses maintenance beside others.
SKEW = timedelta(minutes=5)
CLOCKS_DISAGREE = "the clocks disagree"  # what people read wherever they do not
UTC_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z")


def parse_strict(text: str) -> datetime:
    """Parses a time in UTC, written with `Z`. Raises ValueError for any other text."""
    if UTC_TIME.fullmatch(text) is None:
        raise ValueError("not an RFC 3339 time in UTC")
    return datetime.fromisoformat(text)


def parse_lenient(text: object) -> datetime | None:
    """Parses a time with any offset, in UTC; None for anything else."""
    try:
        time = datetime.fromisoformat(text) if isinstance(text, str) else None
        return time.astimezone(UTC) if time and time.tzinfo else None
    except (ValueError, OverflowError):  # the first or the last day, moved beyond all years
        return None


class SteadyClock:
    """Goes on from a time by the monotonic clock: whoever sets this machine's does not move it."""

    def __init__(self, time_now: datetime) -> None:
        self._began, self._at = time_now, clocks.monotonic()

    def now(self) -> datetime:
        """The time now."""
        return self._began + timedelta(seconds=clocks.monotonic() - self._at)


def agree(one: datetime, other: datetime) -> bool:
    """Whether two clocks that were read at the same moment can both be believed."""
    return abs(one - other) <= SKEW


def time_text(time: datetime) -> str:
    """Formats a time to the second, as Kubernetes does; the rest of the second is cut."""
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def exact_text(time: datetime) -> str:
    """Formats a time in full precision: what is parsed again is the same instant."""
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def log_text(time: datetime) -> str:
    """Formats a time to the millisecond: all of one length, so that lines sort as text."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
