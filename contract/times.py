"""Times as RFC 3339: how they are read, strictly and leniently, and how they are written."""

import re
from datetime import UTC, datetime

UTC_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z")


def parse_strict(text: str) -> datetime:
    """A time in UTC, written with `Z`. Raises ValueError for any other text."""
    if UTC_TIME.fullmatch(text) is None:
        raise ValueError("not an RFC 3339 time in UTC")
    return datetime.fromisoformat(text)


def parse_lenient(text: object) -> datetime | None:
    """A time with any offset, handed back in UTC; None for whatever else somebody may have left."""
    try:
        time = datetime.fromisoformat(text) if isinstance(text, str) else None
        return time.astimezone(UTC) if time and time.tzinfo else None
    except (ValueError, OverflowError):  # the first or the last day, moved beyond all years
        return None


def time_text(time: datetime) -> str:
    """In UTC and to the second, as Kubernetes writes times; the rest of the second is cut."""
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def exact_text(time: datetime) -> str:
    """In UTC, with all that is known of the second: an instant that is read back is the same."""
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def log_text(time: datetime) -> str:
    """In UTC and to the millisecond: all of one length, so that lines sort as text."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
