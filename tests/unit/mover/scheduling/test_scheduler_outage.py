import pytest

from contract import metrics
from fakes.api_server import FakeApiServer
from fakes.builders import SPACE
from kube.resource import ObjectKey
from mover.controller.reconciler import Reconciler
from mover.result import Result
from tests.unit.mover.rush import (
    AWAY,
    LIMIT,
    end,
    everybody,
    jobs,
    message,
    metric,
    quiet_world,
    sources,
    survey,
)
from tests.unit.mover.story import reconciler, step


@pytest.fixture
def world() -> FakeApiServer:
    return quiet_world()


def outage(world: FakeApiServer, count: int) -> tuple[list[ObjectKey], Reconciler]:
    """Backups of which the first ones have just failed by the repository."""
    keys = sources(world, count)
    controller = reconciler(world)
    step(world, controller, *keys)
    world.settle_volumes()
    step(world, controller, *keys)
    end(world, AWAY, succeeded=False)
    step(world, controller, *keys)
    return keys, controller


def is_failing(controller: Reconciler) -> bool:
    survey(controller)
    return metric(controller, metrics.REPOSITORY_FAILING) == 1


def test_in_an_outage_one_mover_at_a_time_tries_the_repository(world: FakeApiServer) -> None:
    keys, controller = outage(world, 12)
    assert is_failing(controller)
    assert "the repository fails: the export does not answer; probing again at" in message(
        world, keys[-1]
    )
    everybody(world, controller, keys)
    assert jobs(world) == 0
    for _ in range(5):
        world.tick(400)
        everybody(world, controller, keys)
        assert jobs(world) == 1
        end(world, AWAY, succeeded=False)
        everybody(world, controller, keys)
        assert jobs(world) == 0


def test_an_outage_outlives_the_controller(world: FakeApiServer) -> None:
    keys, _ = outage(world, 8)
    again = reconciler(world)
    everybody(world, again, keys[LIMIT:])
    assert jobs(world) == 0
    world.tick(400)
    everybody(world, again, keys)
    assert jobs(world) == 1


def test_the_first_success_opens_the_way_for_all(world: FakeApiServer) -> None:
    keys, controller = outage(world, 8)
    world.tick(400)
    everybody(world, controller, keys)
    end(world)
    everybody(world, controller, keys)
    assert jobs(world) == LIMIT
    assert not is_failing(controller)


def test_a_failure_of_one_volume_is_no_outage(world: FakeApiServer) -> None:
    keys = sources(world, 2)
    controller = reconciler(world)
    everybody(world, controller, keys[:1])
    end(world, Result(reason="a file cannot be read"), succeeded=False)
    everybody(world, controller, keys)
    assert jobs(world) == 1


def test_an_object_that_is_gone_says_nothing_of_the_repository(world: FakeApiServer) -> None:
    keys, controller = outage(world, LIMIT)
    (late,) = sources(world, 1, 30)
    for key in keys:
        world.remove(key.kind, SPACE, key.name)
    step(world, controller, *keys)
    assert not is_failing(controller)
    step(world, controller, late)
    assert "repository fails" not in message(world, late)
