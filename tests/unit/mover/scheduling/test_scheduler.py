"""Through the reconciler: the scheduler alone is nothing that a user meets."""

from datetime import timedelta

import pytest

from contract import metrics
from contract.labels import DESTINATION, SOURCE
from contract.times import time_text
from contract.volsync import StatusKey
from fakes.api_server import FakeApiServer, refused
from fakes.builders import SPACE, pvc_spec, temporary
from kube import resource
from mover.scheduling import scheduler
from mover.scheduling.policy import NEAR
from tests.unit.mover.rush import (
    LIMIT,
    at_work,
    fail_by_repository,
    finish,
    message,
    metric,
    quiet_world,
    restore,
    sources,
    survey,
)
from tests.unit.mover.story import live, reconciler, step

SUSPENDED = {"suspend": True, "template": {"spec": {"containers": []}}}


@pytest.fixture
def world() -> FakeApiServer:
    return quiet_world()


def test_a_freed_place_goes_to_the_head_of_the_line_at_once(world: FakeApiServer) -> None:
    keys = sources(world, LIMIT + 3)
    controller = reconciler(world)
    step(world, controller, *keys)
    assert at_work(world) == {key.name for key in keys[:LIMIT]}
    assert (
        message(world, keys[-1])
        == f"Queued: position 3 of 3: {LIMIT} of {LIMIT} movers are at work (0 restore)"
    )
    survey(controller)
    controller.scheduler.moved.clear()
    finish(world, controller, keys[0])
    assert controller.scheduler.moved.is_set()
    assert survey(controller).keys == (keys[LIMIT],)
    step(world, controller, keys[-1])  # another one that comes by does not overtake
    assert keys[-1].name not in at_work(world)
    step(world, controller, keys[LIMIT])
    assert keys[LIMIT].name in at_work(world)


def test_what_names_an_owner_that_is_not_there_takes_no_place(world: FakeApiServer) -> None:
    for number in range(2 * LIMIT):
        meta = temporary(f"forged-{number}", SOURCE, f"forged-{number}")
        meta["ownerReferences"][0]["name"] = "nobody"
        world.put(resource.JOB, {"metadata": meta, "spec": SUSPENDED})
        world.put(resource.PVC, {"metadata": meta, "spec": pvc_spec()})
    keys = sources(world, LIMIT)
    step(world, reconciler(world), *keys)
    assert at_work(world) >= {key.name for key in keys}


def test_after_a_restart_a_backup_that_asks_first_does_not_overtake_a_restore(
    world: FakeApiServer,
) -> None:
    keys = sources(world, LIMIT + 1)
    controller = reconciler(world)
    step(world, controller, *keys)
    waiting = restore(world)
    step(world, controller, waiting)
    finish(world, controller, keys[0])
    again = reconciler(world)
    step(world, again, keys[-1])
    assert keys[-1].name not in at_work(world)
    assert survey(again).keys[0] == waiting
    step(world, again, waiting)
    assert waiting.name in at_work(world)


def test_who_has_been_due_longest_goes_first(world: FakeApiServer) -> None:
    busy = sources(world, LIMIT, 5)
    controller = reconciler(world)
    step(world, controller, *busy)
    late, later = sources(world, 1, 90), sources(world, 1, 60)
    step(world, controller, *later, *late)
    finish(world, controller, busy[0])
    assert survey(controller).keys[0] == late[0]


def test_a_slot_counts_from_when_it_was_due_not_from_when_it_was_seen(world: FakeApiServer) -> None:
    busy = sources(world, LIMIT, 5)
    controller = reconciler(world)
    step(world, controller, *busy)
    seen, due = sources(world, 2, 10)
    slot = {"nextSyncTime": time_text(world.now - timedelta(minutes=20))}
    world.change(due.kind, SPACE, due.name, {"status": slot})
    step(world, controller, seen, due)
    finish(world, controller, busy[0])
    assert survey(controller).keys[0] == due


def test_a_failed_attempt_is_due_again_only_after_its_pause(world: FakeApiServer) -> None:
    busy = sources(world, LIMIT, 5)
    controller = reconciler(world)
    step(world, controller, *busy)
    (failed,), (waits,) = sources(world, 1, 60), sources(world, 1, 30)
    over = time_text(world.now - timedelta(minutes=1))
    external = {StatusKey.ATTEMPTS: "1", StatusKey.RETRY_AFTER: over}
    world.change(failed.kind, SPACE, failed.name, {"status": {"external": external}})
    step(world, controller, failed, waits)
    finish(world, controller, busy[0])
    assert survey(controller).keys[0] == waits


def test_one_that_is_blocked_does_not_hold_up_those_behind(world: FakeApiServer) -> None:
    keys = sources(world, LIMIT + 2)
    controller = reconciler(world)
    step(world, controller, *keys)
    finish(world, controller, keys[0])
    world.change(
        keys[LIMIT].kind,
        SPACE,
        keys[LIMIT].name,
        {"spec": {"external": {"parameters": {"secret": ""}}}},
    )
    step(world, controller, keys[LIMIT])
    assert survey(controller).keys == (keys[-1],)


def test_one_that_cannot_be_looked_at_does_not_hold_up_those_behind(world: FakeApiServer) -> None:
    keys = sources(world, LIMIT + 2)
    controller = reconciler(world)
    step(world, controller, *keys)
    finish(world, controller, keys[0])
    del live(world, keys[LIMIT])["metadata"]["uid"]  # no such object can come from the API
    with pytest.raises(KeyError):
        step(world, controller, keys[LIMIT])
    assert survey(controller).keys == (keys[-1],)


def test_one_that_is_refused_gives_its_place_away(world: FakeApiServer) -> None:
    keys = sources(world, 2)
    world.refuse = lambda manifest: refused(403, "quota exceeded")
    controller = reconciler(world)
    step(world, controller, keys[0])
    assert "quota" in message(world, keys[0])
    assert controller.scheduler.moved.is_set()
    world.refuse = lambda manifest: None
    step(world, controller, keys[1])
    assert at_work(world) == {keys[1].name}


def test_a_long_line_that_moves_writes_few_statuses_and_no_events(world: FakeApiServer) -> None:
    keys = sources(world, 200)
    controller = reconciler(world)
    step(world, controller, *keys)
    survey(controller)
    queued = [event for event in world.events if "Queued" in event["message"]]
    assert len(queued) == 2 * (len(keys) - LIMIT)  # once each, on the source and on its PVC
    for key in keys[:LIMIT]:
        finish(world, controller, key)
    step(world, controller, *survey(controller).keys)
    world.tick(scheduler.SURVEY)
    world.events.clear()
    writes = world.writes
    woken = survey(controller).keys
    # The nearest, and those few who crossed one of the coarse marks further back.
    assert NEAR <= len(woken) <= NEAR + 3 * LIMIT
    step(world, controller, *woken)
    assert world.writes - writes <= len(woken)
    assert not [event for event in world.events if "Queued" in event["message"]]
    assert survey(controller).keys == ()


def test_however_much_has_changed_it_is_told_in_portions(world: FakeApiServer) -> None:
    keys = sources(world, 200)
    controller = reconciler(world)
    step(world, controller, *keys)
    fail_by_repository(world, keys[0])
    step(world, controller, keys[0])
    world.tick(scheduler.SURVEY)
    # And one that may try the repository.
    assert len(survey(controller).keys) <= scheduler.REFRESHES + 1
    assert len(survey(controller).keys) <= 1


def test_the_metrics_tell_who_works_and_who_waits(world: FakeApiServer) -> None:
    keys = sources(world, LIMIT + 3)
    controller = reconciler(world)
    step(world, controller, *keys, restore(world))
    survey(controller)
    assert metric(controller, metrics.MOVER_JOBS_RUNNING, role=SOURCE) == LIMIT
    assert metric(controller, metrics.MOVER_QUEUE, role=SOURCE) == 3
    assert metric(controller, metrics.MOVER_QUEUE, role=DESTINATION) == 1
