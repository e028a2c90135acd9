"""Computes when a source is due. Slots follow the last backup, so missed ones count once."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from croniter import croniter
from croniter.croniter import CroniterError


class ScheduleError(ValueError):
    """The cron line cannot be read."""


@dataclass(frozen=True, kw_only=True)
class Trigger:
    """`spec.trigger` of a source and what status says of it."""

    schedule: str
    manual: str
    last_manual: str
    last_sync: datetime | None


@lru_cache(maxsize=2**14)  # each look at a source asks for the same slots
def following(schedule: str, after: datetime, timezone: str) -> datetime:
    """The first slot after a moment."""
    try:
        line = croniter(schedule, after.astimezone(ZoneInfo(timezone)))
        return line.get_next(datetime).astimezone(UTC)
    except (CroniterError, ValueError, TypeError, KeyError):
        raise ScheduleError("the schedule is not a cron line") from None


def next_slot(trigger: Trigger, timezone: str) -> datetime | None:
    """The slot that the schedule calls for next; it may lie in the past."""
    if not trigger.schedule or trigger.last_sync is None:
        return None
    return following(trigger.schedule, trigger.last_sync, timezone)


def is_due(trigger: Trigger, now: datetime, timezone: str) -> bool:
    """A first backup, a manual token not yet run, or a slot that has come."""
    if trigger.last_sync is None:
        return True
    if trigger.manual and trigger.manual != trigger.last_manual:
        return True
    slot = next_slot(trigger, timezone)
    return slot is not None and slot <= now


def is_late(trigger: Trigger, now: datetime, timezone: str) -> bool:
    """VolSync's "out of sync": never backed up, or the slot after the next one has passed."""
    if trigger.last_sync is None:
        return True
    slot = next_slot(trigger, timezone)
    return slot is not None and following(trigger.schedule, slot, timezone) < now
