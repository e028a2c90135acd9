from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.times import exact_text, log_text, parse_lenient, parse_strict, time_text

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
EAST = timezone(timedelta(hours=2))

times = st.datetimes(
    min_value=datetime(1970, 1, 2),
    max_value=datetime(2999, 1, 1),
    timezones=st.sampled_from([UTC, EAST, timezone(timedelta(hours=-9, minutes=-30))]),
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-05-01",
        "2026-05-01T12:00:00",
        "2026-05-01T12:00:00+00:00",
        "2026-05-01 12:00:00Z",
        "2026-13-01T12:00:00Z",
        "2026-05-01T12:00:00Z\n",
        "٢٠٢٦-05-01T12:00:00Z",
    ],
)
def test_strictly_read_only_utc_times_with_z_are_times(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_strict(text)


@pytest.mark.parametrize("text", [None, "", "yesterday", "2026-03-01T12:00:00", 7])
def test_leniently_read_what_is_no_time_is_none(text: object) -> None:
    assert parse_lenient(text) is None


def test_leniently_read_a_time_may_have_any_offset() -> None:
    assert parse_lenient("2026-05-01T14:00:00+02:00") == NOON
    assert parse_lenient("2026-05-01T12:00:00Z") == NOON


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00"])
def test_a_time_that_no_calendar_has_in_utc_is_none(text: str) -> None:
    assert parse_lenient(text) is None


@given(time=times)
def test_an_exact_time_is_read_back_as_the_same_instant(time: datetime) -> None:
    assert parse_strict(exact_text(time)) == time == parse_lenient(exact_text(time))


@given(time=times)
def test_whatever_is_written_is_read_strictly_and_never_lies_ahead(time: datetime) -> None:
    for text, least in (
        (time_text(time), timedelta(seconds=1)),
        (log_text(time), timedelta(milliseconds=1)),
    ):
        assert timedelta() <= time - parse_strict(text) < least


def test_times_are_written_in_utc() -> None:
    there = NOON.astimezone(EAST)
    assert exact_text(there) == time_text(there) == "2026-05-01T12:00:00Z"
    assert log_text(there) == "2026-05-01T12:00:00.000Z"
    assert exact_text(NOON.replace(microsecond=5)) == "2026-05-01T12:00:00.000005Z"
