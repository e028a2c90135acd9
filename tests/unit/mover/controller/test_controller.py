import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import httpx2
import pytest

from contract import metrics as names
from contract.scope import RESTORE_PROOF, VOLSYNC_NAMESPACE
from contract.times import time_text
from fakes import builders
from fakes.api_server import FakeApiServer, Object, refused
from fakes.http_api import FakeCluster
from fakes.virtual_loop import VirtualLoop
from kube.resource import CONFIG_MAP, ObjectKey
from lab.cluster.loopback import free_port
from mover.controller import controller
from mover.controller.controller import queue_startable, run, watch_repository_status
from mover.controller.workqueue import Queue
from mover.metrics import Metrics
from mover.scheduling.scheduler import Scheduler
from tests import loopback
from tests.unit.mover.story import SOURCE, live, new_world, reconciler


def woken(
    world: FakeApiServer, seconds: float, later: Callable[[Scheduler], None] | None = None
) -> list[ObjectKey]:
    """Who is looked at within some seconds, which pass at once; after `later` where given."""
    seen: list[ObjectKey] = []

    async def work(key: ObjectKey) -> None:
        seen.append(key)

    async def story() -> None:
        scheduler, queue = reconciler(world).scheduler, Queue(work)
        tasks = [
            asyncio.ensure_future(part)
            for part in (queue_startable(scheduler, queue), queue.serve())
        ]
        if later:
            await asyncio.sleep(2 * controller.SETTLE)
            seen.clear()
            later(scheduler)
        await asyncio.sleep(seconds)
        for task in tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(story())
    return seen


@pytest.fixture
def world() -> FakeApiServer:
    """A source that was on its way when the controller died."""
    made = new_world()
    live(made, SOURCE)["status"] = {"lastSyncStartTime": time_text(made.now)}
    return made


def test_who_was_waiting_is_woken_after_a_restart(world: FakeApiServer) -> None:
    assert woken(world, 1) == [SOURCE]


def test_a_move_is_followed_at_once(world: FakeApiServer) -> None:
    assert woken(world, 1, later=lambda scheduler: scheduler.moved.set()) == [SOURCE]
    assert woken(world, 1, later=lambda scheduler: None) == []


def test_an_api_that_does_not_answer_is_asked_again(
    world: FakeApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = world.find
    monkeypatch.setattr(world, "find", away)
    back = partial(monkeypatch.setattr, world, "find", answers)
    soon = controller.SETTLE + controller.UNREACHED
    assert woken(world, soon, later=lambda scheduler: back()) == [SOURCE]


def shown(world: FakeApiServer, drills: str) -> Metrics:
    """What is shown after two looks at maintenance and drills, the first of which fails."""
    metrics, answers = Metrics(), world.get
    world.get = away  # ty: ignore[invalid-assignment]

    async def story() -> None:
        config = replace(builders.CONFIG, drills=drills)
        task = asyncio.ensure_future(watch_repository_status(world, config, metrics))
        await asyncio.sleep(1)
        world.get = answers
        await asyncio.sleep(controller.STATUS_INTERVAL)
        task.cancel()

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(story())
    return metrics


@pytest.mark.parametrize(("drills", "late"), [("20 */6 * * *", 1), ("", 0)])
def test_drills_are_looked_at_where_there_are_any(
    world: FakeApiServer, drills: str, late: int
) -> None:
    # A record that was made long ago, and in which nothing stands.
    world.put(CONFIG_MAP, {"metadata": {"name": RESTORE_PROOF, "namespace": VOLSYNC_NAMESPACE}})
    world.tick(86400)
    metrics = shown(world, drills)
    assert metrics.registry.get_sample_value(names.DRILL_LATE) == late
    assert metrics.registry.get_sample_value(names.DRILL_FAILED) == 0


async def away(*_: object) -> list[Object]:
    raise refused(503, "no leader")


def test_the_program_is_alive_beside_any_api_server_and_ends_when_it_is_told_to(
    cluster: FakeCluster, caplog: pytest.LogCaptureFixture
) -> None:
    cluster.put_source({"metadata": {"name": "photos-backup", "namespace": "media"}})
    metrics, health = free_port(), free_port()
    config = replace(builders.CONFIG, metrics_port=metrics, probe_port=health)

    async def story() -> None:
        stop = asyncio.Event()
        running = asyncio.ensure_future(run(config, stop))
        async with asyncio.timeout(20), httpx2.AsyncClient() as client:
            # That one source it may list, and all else is refused.
            while "photos-backup" not in str([vars(record) for record in caplog.records]):
                await asyncio.sleep(0.05)
            for address in loopback.ADDRESSES:
                host = f"[{address}]" if ":" in address else address
                assert (await client.get(f"http://{host}:{health}/healthz")).status_code == 200
                figures = await client.get(f"http://{host}:{metrics}/metrics")
                assert names.DRILL_FAILED in figures.text
            assert not running.done()
            stop.set()
            await running

    asyncio.run(story())
    assert "jobs are not watched: the API server said: forbidden" in caplog.text
