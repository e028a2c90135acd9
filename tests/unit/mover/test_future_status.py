"""Statuses that a controller has left whose clock was ahead: nobody waits for their times."""

from datetime import timedelta

import pytest

from contract.times import time_text
from contract.volsync import StatusKey
from fakes.api_server import FakeApiServer
from fakes.builders import SPACE
from kube import resource
from lab.clock.wrong_clock import SKEWS, name
from mover.job import task
from tests.unit.mover.rush import LIMIT, end, everybody, jobs, quiet_world, sources, survey
from tests.unit.mover.story import live, reconciler, step

AHEAD = pytest.mark.parametrize("ahead", [skew for skew in SKEWS if skew > timedelta()], ids=name)


@pytest.fixture
def world() -> FakeApiServer:
    return quiet_world()


@AHEAD
def test_a_failure_that_lies_ahead_stops_neither_its_owner_nor_others(
    world: FakeApiServer, ahead: timedelta
) -> None:
    wrong = time_text(world.now + ahead)
    failed, other = sources(world, 2)
    external = {
        StatusKey.ATTEMPTS: "1",
        StatusKey.RETRY_AFTER: wrong,
        StatusKey.REPOSITORY_FAILED: wrong,
    }
    status = {"lastSyncStartTime": wrong, "external": external}
    world.change(failed.kind, SPACE, failed.name, {"status": status})
    controller = reconciler(world)
    everybody(world, controller, [failed, other])
    assert jobs(world) == 2


@AHEAD
def test_what_began_ahead_is_not_last_in_line(world: FakeApiServer, ahead: timedelta) -> None:
    busy = sources(world, LIMIT, 5)
    controller = reconciler(world)
    step(world, controller, *busy)
    (wrong,) = sources(world, 1, -round(ahead.total_seconds() / 60))
    step(world, controller, wrong)
    world.tick(60)
    (later,) = sources(world, 1)
    step(world, controller, later)
    everybody(world, controller, busy[:1])
    end(world, of=busy[0])
    step(world, controller, busy[0])
    assert survey(controller).keys[0] == wrong


@AHEAD
def test_a_backup_that_ended_ahead_is_followed_by_one_that_is_dated_rightly(
    world: FakeApiServer, ahead: timedelta
) -> None:
    (key,) = sources(world, 1)
    wrong = {"lastSyncTime": time_text(world.now + ahead), "lastSyncStartTime": None}
    world.change(key.kind, SPACE, key.name, {"status": wrong})
    world.change(key.kind, SPACE, key.name, {"spec": {"trigger": {"schedule": "17 * * * *"}}})
    controller = reconciler(world)
    everybody(world, controller, [key])
    end(world)
    everybody(world, controller, [key])
    assert live(world, key)["status"]["lastSyncTime"] == time_text(world.now)


def test_a_job_is_told_when_it_was_made_by_the_api_servers_clock(world: FakeApiServer) -> None:
    (key,) = sources(world, 1)
    everybody(world, reconciler(world), [key])
    (job,) = world.all(resource.JOB)
    container = job["spec"]["template"]["spec"]["containers"][0]
    order = task.read({pair["name"]: pair["value"] for pair in container["env"]})
    assert order.ordered.at == world.now
    assert time_text(order.ordered.at) == job["metadata"]["creationTimestamp"]
