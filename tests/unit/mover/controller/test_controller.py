import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from contract import metrics as names
from contract.scope import RESTORE_PROOF, VOLSYNC_NAMESPACE
from contract.times import time_text
from fakes import builders
from fakes.api_server import Object, World, refused
from fakes.virtual_loop import VirtualLoop
from kube import resource
from kube.resource import CONFIG_MAP, ObjectKey
from mover.controller import controller
from mover.controller.controller import govern, kopf_settings, owner_keys, watch, watch_upkeep
from mover.controller.workqueue import Queue
from mover.metrics import Metrics
from mover.scheduling.scheduler import Gate
from tests.unit.mover.story import SOURCE, live, new_world, reconciler

REF = {"kind": resource.REPLICATION_DESTINATION, "name": "rd", "uid": "u", "controller": True}


def test_a_temporary_leads_to_its_owner() -> None:
    assert owner_keys({"namespace": "media", "ownerReferences": [REF]}) == [
        ObjectKey(resource.REPLICATION_DESTINATION, "media", "rd")
    ]


def test_other_owners_are_nobodys_business() -> None:
    assert owner_keys({"namespace": "media"}) == []
    assert owner_keys({"namespace": "media", "ownerReferences": [{**REF, "kind": "Job"}]}) == []
    assert (
        owner_keys({"namespace": "media", "ownerReferences": [{**REF, "controller": False}]}) == []
    )


def test_kopf_only_watches() -> None:
    async def handlers() -> list[object]:
        async def work(key: ObjectKey) -> float | None:
            return None

        registry = watch(Queue(work))
        # Anything beside event handlers would put finalizers and annotations on people's objects.
        assert list(registry._changing.get_all_handlers()) == []
        assert list(registry._spawning.get_all_handlers()) == []
        return list(registry._watching.get_all_handlers())

    assert len(asyncio.run(handlers())) == 5
    assert kopf_settings().posting.enabled is False
    assert kopf_settings().scanning.disabled is True


def woken(
    world: World, seconds: float, later: Callable[[Gate], None] | None = None
) -> list[ObjectKey]:
    """Who is looked at within some seconds, which pass at once; after `later` where given."""
    seen: list[ObjectKey] = []

    async def work(key: ObjectKey) -> None:
        seen.append(key)

    async def story() -> None:
        gate, queue = reconciler(world).gate, Queue(work)
        tasks = [asyncio.ensure_future(part) for part in (govern(gate, queue), queue.serve())]
        if later:
            await asyncio.sleep(2 * controller.SETTLE)
            seen.clear()
            later(gate)
        await asyncio.sleep(seconds)
        for task in tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(story())
    return seen


@pytest.fixture
def world() -> World:
    """A source that was on its way when the controller died."""
    made = new_world()
    live(made, SOURCE)["status"] = {"lastSyncStartTime": time_text(made.now)}
    return made


def test_who_was_waiting_is_woken_after_a_restart(world: World) -> None:
    assert woken(world, 1) == [SOURCE]


def test_a_move_is_followed_at_once(world: World) -> None:
    assert woken(world, 1, later=lambda gate: gate.moved.set()) == [SOURCE]
    assert woken(world, 1, later=lambda gate: None) == []


def test_an_api_that_does_not_answer_is_asked_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = world.find
    monkeypatch.setattr(world, "find", away)
    back = partial(monkeypatch.setattr, world, "find", answers)
    soon = controller.SETTLE + controller.UNREACHED
    assert woken(world, soon, later=lambda gate: back()) == [SOURCE]


def shown(world: World, drills: str) -> Metrics:
    """What is shown after two looks at maintenance and drills, the first of which fails."""
    metrics, answers = Metrics(), world.get
    world.get = away  # ty: ignore[invalid-assignment]

    async def story() -> None:
        config = replace(builders.CONFIG, drills=drills)
        task = asyncio.ensure_future(watch_upkeep(world, config, metrics))
        await asyncio.sleep(1)
        world.get = answers
        await asyncio.sleep(controller.UPKEEP)
        task.cancel()

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(story())
    return metrics


@pytest.mark.parametrize(("drills", "late"), [("20 */6 * * *", 1), ("", 0)])
def test_drills_are_looked_at_where_there_are_any(world: World, drills: str, late: int) -> None:
    # A record that was made long ago, and in which nothing stands.
    world.put(CONFIG_MAP, {"metadata": {"name": RESTORE_PROOF, "namespace": VOLSYNC_NAMESPACE}})
    metrics = shown(world, drills)
    assert metrics.registry.get_sample_value(names.DRILL_LATE) == late
    assert metrics.registry.get_sample_value(names.DRILL_FAILED) == 0


async def away(*_: object) -> list[Object]:
    raise refused(503, "no leader")
