import threading
import time

import pytest

from fakes.virtual_clock import VirtualClock
from lab import polling
from lab.errors import LabError
from lab.polling import Interval, wait_until, wait_until_gone


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> VirtualClock:
    clock = VirtualClock()
    monkeypatch.setattr(polling, "time", clock)
    return clock


def test_the_first_true_value_is_returned_without_another_check(clock: VirtualClock) -> None:
    values = iter(["", None, "Bound"])
    assert wait_until("phase", lambda: next(values)) == "Bound"
    assert list(values) == []


def test_what_holds_already_costs_no_pause(clock: VirtualClock) -> None:
    wait_until("nothing", lambda: True)
    assert clock.pauses == []


def test_pauses_grow_with_the_time_waited_up_to_the_longest(clock: VirtualClock) -> None:
    wait_until("a minute", lambda: clock.now >= 60, interval=Interval(0.2, 1.0))
    assert clock.pauses[0] == 0.2
    assert clock.pauses == sorted(clock.pauses)
    assert clock.pauses[-1] == 1.0
    assert len(clock.pauses) < 80


def test_short_waits_are_noticed_within_a_fifth_of_a_second(clock: VirtualClock) -> None:
    wait_until("two seconds", lambda: clock.now >= 1.9)
    assert clock.now == pytest.approx(2.0, abs=0.11)


def test_the_error_says_what_was_awaited_and_what_there_was_instead(clock: VirtualClock) -> None:
    with pytest.raises(TimeoutError) as error:
        wait_until("bound PVC data", dict, 12.0, hint="see its events")
    text = "timed out after 12 s waiting for bound PVC data; last value: {}; see its events"
    assert str(error.value) == text


def test_the_condition_is_checked_once_more_at_the_very_end(clock: VirtualClock) -> None:
    wait_until("the last moment", lambda: clock.now >= 5.0, 5.0, Interval(3.0, 3.0))
    assert clock.now == 5.0


def test_the_labs_commands_show_it_as_their_own_error(clock: VirtualClock) -> None:
    with pytest.raises(LabError, match="DNS"):
        wait_until("DNS", lambda: False, 1.0)


def test_only_the_named_errors_count_as_no_value_yet(clock: VirtualClock) -> None:
    answers = iter([KeyError("status"), ValueError("broken")])

    def condition() -> bool:
        raise next(answers)

    with pytest.raises(ValueError, match="broken"):
        wait_until("status", condition, ignoring=(KeyError,))


def test_an_ignored_error_is_named_where_time_runs_out(clock: VirtualClock) -> None:
    def condition() -> bool:
        raise KeyError("status")

    with pytest.raises(TimeoutError, match="last value: KeyError: 'status'"):
        wait_until("status", condition, 1.0, ignoring=(KeyError,))


def test_what_does_not_go_away_is_named(clock: VirtualClock) -> None:
    with pytest.raises(TimeoutError, match=r"the end of pods; last value: \['mover-1'\]"):
        wait_until_gone("pods", lambda: ["mover-1"], 1.0)


def test_what_goes_away_ends_the_wait(clock: VirtualClock) -> None:
    remains = iter([["mover-1"], []])
    wait_until_gone("pods", lambda: next(remains))
    assert clock.now == 0.2


def test_a_set_stop_ends_the_wait_without_another_check() -> None:
    stop, checks = threading.Event(), []

    def condition() -> bool:
        checks.append(time.monotonic())
        stop.set()
        return False

    with pytest.raises(TimeoutError):
        wait_until("the end", condition, 60.0, stop=stop)
    assert len(checks) == 1
