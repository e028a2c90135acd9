import logging
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract import times
from contract.times import CLOCKS_DISAGREE, SKEW
from fakes.virtual_clock import VirtualClock
from kube.api import ApiError
from kube.server_clock import RESOLUTION, ServerClock

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def header(date: datetime) -> dict[str, str]:
    return {"Date": format_datetime(date.replace(microsecond=0), usegmt=True)}


@pytest.fixture
def passing(monkeypatch: pytest.MonkeyPatch) -> VirtualClock:
    """Time that passes on the monotonic clock."""
    clock = VirtualClock()
    monkeypatch.setattr(times, "clocks", clock)
    return clock


def test_before_the_first_answer_there_is_no_time() -> None:
    with pytest.raises(ApiError, match="not known yet"):
        ServerClock().now()


@pytest.mark.parametrize("headers", [{}, {"Date": ""}, {"Date": "yesterday"}])
def test_an_answer_without_a_date_says_nothing(headers: dict[str, str]) -> None:
    clock = ServerClock()
    clock.read(headers)
    with pytest.raises(ApiError):
        clock.now()


def test_time_goes_on_between_two_answers(passing: VirtualClock) -> None:
    clock = ServerClock()
    clock.read(header(NOON))
    passing.sleep(90)
    assert clock.now() == NOON + timedelta(seconds=90)


@given(pauses=st.lists(st.floats(0, 100), max_size=20))
def test_it_never_goes_back_and_stays_within_a_second_or_two(pauses: list[float]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        passing = VirtualClock()
        patch.setattr(times, "clocks", passing)
        clock, before = ServerClock(), NOON
        for pause in (0.0, *pauses):
            passing.sleep(pause)
            true = NOON + timedelta(seconds=passing.now)
            clock.read(header(true))
            assert clock.now() >= before
            assert abs(clock.now() - true) <= RESOLUTION
            before = clock.now()


@pytest.mark.parametrize("hours", [-900, -1, 1, 900])
def test_an_api_server_whose_clock_was_set_is_followed(passing: VirtualClock, hours: int) -> None:
    clock = ServerClock()
    clock.read(header(NOON))
    clock.read(header(NOON + timedelta(hours=hours)))
    assert clock.now() == NOON + timedelta(hours=hours)


def test_a_machine_whose_own_clock_is_wrong_says_so_once(caplog: pytest.LogCaptureFixture) -> None:
    clock, own = ServerClock(), datetime.now(UTC)
    with caplog.at_level(logging.WARNING):
        clock.read(header(own))
        clock.read(header(own - SKEW + timedelta(minutes=1)))
        assert caplog.messages == []
        for _ in range(3):
            clock.read(header(own - SKEW - timedelta(minutes=1)))
    (message,) = caplog.messages
    assert message.startswith(CLOCKS_DISAGREE)
