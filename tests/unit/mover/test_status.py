from datetime import timedelta

from contract.times import time_text
from contract.volsync import StatusKey
from fakes.api_server import merged
from fakes.builders import NOW, PROVEN, STARTED, running
from mover import status
from mover.status import Condition, Status, parse

SCHEDULED = Condition(reason=status.SCHEDULED, message="later")


def test_an_absent_status_is_an_empty_one() -> None:
    assert parse(None) == Status()


def test_a_status_is_read_as_it_was_written() -> None:
    raw = merged({}, status.begun(Status(), "token", STARTED))
    current = parse(raw)
    assert (current.started, current.request, current.attempts) == (STARTED, "token", 0)
    raw = merged(raw, status.failed(current, "no", NOW, NOW, repository_failed=None))
    raw = merged(raw, status.failed(parse(raw), "no", NOW, NOW, repository_failed=NOW))
    assert (parse(raw).attempts, parse(raw).retry_after) == (2, NOW)
    raw = merged(raw, status.finished(parse(raw), PROVEN, "done", SCHEDULED, NOW))
    current = parse(raw)
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
    assert parse(raw).started is None
    assert parse(raw).external == {}


def test_the_transition_time_moves_only_with_the_status() -> None:
    first = merged({}, status.condition(Status(), SCHEDULED, NOW))
    other = Condition(reason=status.ERROR, message="no")
    later = NOW + timedelta(hours=1)
    second = merged(first, status.condition(parse(first), other, later))
    assert second["conditions"][0]["lastTransitionTime"] == time_text(NOW)
    busy = Condition(reason=status.IN_PROGRESS, message="runs")
    third = merged(second, status.condition(parse(second), busy, later))
    assert third["conditions"][0]["lastTransitionTime"] == time_text(later)
    assert third["conditions"][0]["status"] == "True"


def test_other_peoples_conditions_stay() -> None:
    raw = {"conditions": [{"type": "Foreign", "status": "True"}]}
    changed = merged(raw, status.condition(parse(raw), SCHEDULED, NOW))
    assert [c["type"] for c in changed["conditions"]] == ["Foreign", "Synchronizing"]
    assert parse(changed).shows(SCHEDULED)
    assert not parse(changed).shows(Condition(reason=status.SCHEDULED, message="other"))
