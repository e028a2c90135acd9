from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mover.schedule import ScheduleError, Trigger, following, is_due, is_late, next_slot

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HOURLY = Trigger(schedule="17 * * * *", manual="", last_manual="", last_sync=NOON)


def test_the_first_backup_is_due_at_once() -> None:
    assert is_due(replace(HOURLY, last_sync=None), NOON, "UTC")


def test_a_slot_is_due_when_it_has_come_and_not_before() -> None:
    slot = NOON + timedelta(minutes=17)
    assert next_slot(HOURLY, "UTC") == slot
    assert not is_due(HOURLY, slot - timedelta(seconds=1), "UTC")
    assert is_due(HOURLY, slot, "UTC")


def test_many_missed_slots_are_made_up_once() -> None:
    late = NOON + timedelta(hours=9)
    assert is_due(HOURLY, late, "UTC")
    assert not is_due(replace(HOURLY, last_sync=late), late + timedelta(minutes=1), "UTC")


def test_a_manual_token_is_run_once_and_the_schedule_goes_on() -> None:
    asked = replace(HOURLY, manual="a")
    assert is_due(asked, NOON, "UTC")
    served = replace(asked, last_manual="a")
    assert not is_due(served, NOON, "UTC")
    assert is_due(served, NOON + timedelta(minutes=17), "UTC")


def test_without_a_trigger_there_is_one_backup() -> None:
    quiet = replace(HOURLY, schedule="")
    assert not is_due(quiet, NOON + timedelta(days=9), "UTC")


def test_the_schedule_is_read_in_the_stacks_time_zone() -> None:
    assert following("0 2 * * *", NOON, "Europe/Berlin") == datetime(2026, 3, 2, 1, tzinfo=UTC)


@given(minutes=st.integers(0, 400 * 24 * 60))
def test_a_slot_lies_ahead_also_where_clocks_change(minutes: int) -> None:
    after = NOON + timedelta(minutes=minutes)
    slot = following("30 2 * * *", after, "Europe/Berlin")
    assert after < slot <= after + timedelta(hours=26)


def test_late_means_that_the_slot_after_the_next_has_passed() -> None:
    assert is_late(replace(HOURLY, last_sync=None), NOON, "UTC")
    assert not is_late(HOURLY, NOON + timedelta(minutes=77), "UTC")
    assert is_late(HOURLY, NOON + timedelta(minutes=78), "UTC")


@pytest.mark.parametrize("line", ["", "never", "61 * * * *", "* * *"])
def test_what_is_no_cron_line_is_refused(line: str) -> None:
    with pytest.raises(ScheduleError):
        following(line, NOON, "UTC")
