from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from contract.times import time_text
from contract.volsync import StatusKey
from fakes.builders import NOW
from mover.scheduling.circuit_breaker import (
    FIRST_PAUSE,
    LAST_PAUSE,
    SPREAD,
    Failure,
    Outage,
    failure,
    outage,
)
from mover.status import parse

SECONDS = st.integers(0, 7200)
LATER = NOW + timedelta(hours=3)


def failed(seconds: float, owner: str = "a") -> Failure:
    return Failure(owner=owner, when=NOW + timedelta(seconds=seconds), reason="away")


@given(failures=st.lists(SECONDS), success=st.none() | SECONDS)
def test_an_outage_is_on_while_a_failure_is_newer_than_every_success(
    failures: list[int], success: int | None
) -> None:
    when = None if success is None else NOW + timedelta(seconds=success)
    current = outage([failed(seconds) for seconds in failures], when, LATER)
    newer = [seconds for seconds in failures if success is None or seconds > success]
    assert bool(current) is bool(newer)
    if current:
        assert current.since == NOW + timedelta(seconds=min(newer))
        assert current.last.when == NOW + timedelta(seconds=max(newer))


@given(begun=SECONDS, success=SECONDS)
def test_a_success_since_its_start_clears_the_repository_of_a_mover_that_never_started(
    begun: int, success: int
) -> None:
    """Its failure counts from the start of its Job."""
    current = outage([failed(begun)], NOW + timedelta(seconds=success), LATER)
    assert bool(current) is (success < begun)


@given(lasted=SECONDS, owner=st.text("abc", min_size=1))
def test_the_pause_grows_with_the_outage_within_its_bounds(lasted: int, owner: str) -> None:
    current = Outage(since=NOW, last=failed(lasted, owner))
    pause = (current.probe_at - current.last.when).total_seconds()
    full = min(max(lasted, FIRST_PAUSE), LAST_PAUSE)
    assert full * (1 - SPREAD) - 0.001 <= pause <= full + 0.001


def test_clusters_with_one_repository_do_not_probe_in_step() -> None:
    pauses = {Outage(since=NOW, last=failed(200, f"uid-{n}")).probe_at for n in range(20)}
    assert len(pauses) > 10


def test_a_failure_is_read_from_the_status_of_its_owner() -> None:
    status = {
        "external": {StatusKey.REPOSITORY_FAILED: time_text(NOW)},
        "latestMoverStatus": {"result": "Failed", "logs": "away"},
    }
    assert failure("a", parse(status, NOW)) == failed(0)
    unreadable = {"external": {StatusKey.REPOSITORY_FAILED: "yesterday"}}
    for other in ({"latestMoverStatus": {"logs": "this volume is broken"}}, unreadable, None):
        assert failure("a", parse(other, NOW)) is None


@given(seconds=st.integers(1, 400 * 86400))
def test_a_failure_that_lies_ahead_holds_up_nobody(seconds: int) -> None:
    ahead = failed(seconds, "wrong")
    assert outage([ahead], None, NOW) is None
    both = outage([ahead, failed(0)], None, NOW)
    assert both
    assert both.last == failed(0)
