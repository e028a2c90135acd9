import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from contract.times import CLOCKS_DISAGREE, SKEW, SteadyClock
from kopia.failure import KopiaError
from lab.clock.wrong_clock import SKEWS, name
from mover.job import clock
from mover.job.clock import disagreement, require_dates
from mover.job.task import Ordered
from tests.unit.mover.snapshots import MORNING, snapshot

ORDERED = Ordered(at=MORNING, start_deadline=600)
WAITS = st.floats(0, 600).map(lambda seconds: timedelta(seconds=seconds))
WRONG = st.floats(-1e9, 1e9).map(lambda seconds: timedelta(seconds=seconds))


def never() -> datetime:
    raise AssertionError("the export's clock was asked")


@given(waits=WAITS, export=WRONG)
def test_a_right_clock_is_believed_however_late_the_job_begins(
    waits: timedelta, export: timedelta
) -> None:
    true = MORNING + waits
    assert disagreement(true, ORDERED, lambda: true) == ""
    if waits <= SKEW:  # then the export's clock may be as wrong as it likes
        assert disagreement(true, ORDERED, lambda: true + export) == ""


@given(waits=WAITS, skew=WRONG)
def test_a_clock_that_is_wrong_by_more_than_the_others_allow_is_never_believed(
    waits: timedelta, skew: timedelta
) -> None:
    own = MORNING + waits + skew
    problem = disagreement(own, ORDERED, lambda: MORNING + waits)
    if abs(skew) > SKEW and not abs(waits + skew) <= SKEW:
        assert problem.startswith(CLOCKS_DISAGREE)
    # What late Jobs hide is never a date that lies ahead.
    if not problem:
        assert own <= MORNING + waits + SKEW


@pytest.mark.parametrize("skew", SKEWS, ids=name)
def test_a_job_that_begins_at_once_notices_each_wrong_clock_whatever_the_export_says(
    skew: timedelta,
) -> None:
    own = MORNING + skew
    late = timedelta() < skew <= timedelta(minutes=15)
    assert disagreement(own, ORDERED, (lambda: MORNING) if late else never)


def test_the_words_name_each_clock() -> None:
    own = MORNING + timedelta(minutes=6)
    assert disagreement(own, ORDERED, lambda: MORNING) == (
        "the clocks disagree: this node's clock says 2026-03-01T00:06:00Z, the API server's said "
        "2026-03-01T00:00:00Z when the Job was made, the export's says 2026-03-01T00:00:00Z"
    )


def test_the_exports_clock_is_read_and_nothing_is_left_there(tmp_path: Path) -> None:
    assert abs(clock.export_time(tmp_path) - datetime.now(UTC)) < SKEW
    assert os.listdir(tmp_path) == []


def test_a_node_whose_clock_is_set_later_does_not_move_a_steady_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    steady = SteadyClock(MORNING)
    monkeypatch.setattr("time.time", lambda: 0.0)
    assert timedelta() <= steady.now() - MORNING < timedelta(minutes=1)


@given(start=WRONG, end=WRONG)
def test_only_a_snapshot_with_the_right_dates_is_kept(start: timedelta, end: timedelta) -> None:
    made = structs.replace(snapshot(), start=MORNING + start, end=MORNING + start + end)
    if abs(start) <= SKEW and end >= timedelta():
        require_dates(made, MORNING)
        return
    with pytest.raises(KopiaError, match=CLOCKS_DISAGREE):
        require_dates(made, MORNING)
