from datetime import datetime, timedelta

import pytest

from contract.times import time_text
from contract.volsync import StatusKey
from fakes.api_server import merged
from fakes.builders import NOW, PROVEN, STARTED, running
from lab.clock.wrong_clock import SKEWS, name
from mover import status
from mover.schedule import Trigger, is_due, is_late
from mover.status import Condition, Status, parse

SCHEDULED = Condition(reason=status.SCHEDULED, message="later")


def test_an_absent_status_is_an_empty_one() -> None:
    assert parse(None, NOW) == Status()


def test_a_status_is_read_as_it_was_written() -> None:
    raw = merged({}, status.begun(Status(), "token", STARTED))
    current = parse(raw, NOW)
    assert (current.started, current.request, current.attempts) == (STARTED, "token", 0)
    raw = merged(raw, status.failed(current, "no", NOW, NOW, repository_failed=None))
    raw = merged(raw, status.failed(parse(raw, NOW), "no", NOW, NOW, repository_failed=NOW))
    assert (parse(raw, NOW).attempts, parse(raw, NOW).retry_after) == (2, NOW)
    raw = merged(raw, status.finished(parse(raw, NOW), PROVEN, "done", SCHEDULED, NOW))
    current = parse(raw, NOW)
    assert (current.started, current.last_sync, current.attempts) == (None, NOW, 0)
    assert set(current.external) == {
        StatusKey.SNAPSHOT,
        StatusKey.SNAPSHOT_TIME,
        StatusKey.REPOSITORY,
        StatusKey.FILES,
        StatusKey.BYTES,
        StatusKey.ERRORS,
    }
    assert raw["lastSyncDuration"] == "120s"
    assert raw["latestMoverStatus"] == {"result": "Successful", "logs": "done"}


def test_a_failure_says_so_in_volsyncs_own_fields() -> None:
    patch = status.failed(running(), "disk full", NOW, NOW, repository_failed=NOW)
    assert patch["latestMoverStatus"] == {"result": "Failed", "logs": "disk full"}
    assert patch["conditions"][-1]["reason"] == "Error"
    assert "lastSyncTime" not in patch


def test_an_abandoned_run_leaves_nothing_of_itself() -> None:
    raw = merged(merged({}, status.begun(Status(), "x", NOW)), status.abandoned(Status(), NOW))
    assert parse(raw, NOW).started is None
    assert parse(raw, NOW).external == {}


def test_the_transition_time_moves_only_with_the_status() -> None:
    first = merged({}, status.condition(Status(), SCHEDULED, NOW))
    other = Condition(reason=status.ERROR, message="no")
    later = NOW + timedelta(hours=1)
    second = merged(first, status.condition(parse(first, NOW), other, later))
    assert second["conditions"][0]["lastTransitionTime"] == time_text(NOW)
    busy = Condition(reason=status.IN_PROGRESS, message="runs")
    third = merged(second, status.condition(parse(second, NOW), busy, later))
    assert third["conditions"][0]["lastTransitionTime"] == time_text(later)
    assert third["conditions"][0]["status"] == "True"


def test_other_peoples_conditions_stay() -> None:
    raw = {"conditions": [{"type": "Foreign", "status": "True"}]}
    changed = merged(raw, status.condition(parse(raw, NOW), SCHEDULED, NOW))
    assert [c["type"] for c in changed["conditions"]] == ["Foreign", "Synchronizing"]
    assert parse(changed, NOW).shows(SCHEDULED)
    assert not parse(changed, NOW).shows(Condition(reason=status.SCHEDULED, message="other"))


def at(moment: datetime) -> dict[str, str]:
    return {"lastSyncTime": time_text(moment)}


def test_a_backup_that_ended_a_little_ahead_has_ended_now() -> None:
    assert parse(at(NOW + timedelta(minutes=4)), NOW).last_sync == NOW
    assert parse(at(NOW - timedelta(minutes=4)), NOW).last_sync == NOW - timedelta(minutes=4)


@pytest.mark.parametrize("ahead", [skew for skew in SKEWS if skew > timedelta()], ids=name)
def test_after_one_that_ended_far_ahead_the_next_is_due_and_late(ahead: timedelta) -> None:
    last = parse(at(NOW + ahead), NOW).last_sync
    trigger = Trigger(schedule="17 * * * *", manual="", last_manual="", last_sync=last)
    assert is_due(trigger, NOW, "UTC")
    assert is_late(trigger, NOW, "UTC")


def test_a_synchronisation_that_began_ahead_has_taken_no_time() -> None:
    assert Status(started=NOW + timedelta(days=2)).spent(NOW) == 0.0
    assert Status(started=NOW - timedelta(seconds=2)).spent(NOW) == 2.0
    assert Status().spent(NOW) == 0.0
