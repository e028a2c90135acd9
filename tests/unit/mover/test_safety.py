from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from contract.environment import MoverSettings
from contract.volsync import SpecKey
from fakes import builders
from fakes.api_server import FakeApiServer, Killed
from fakes.builders import APART, CONFIG, PIN, PROVEN, SPACE, WANTED
from kube import resource
from kube.resource import ObjectKey
from mover import names
from mover.result import Result
from tests.effort import examples
from tests.unit.mover.populator import Populator
from tests.unit.mover.story import (
    DESTINATION,
    ENOUGH,
    SOURCE,
    finish_jobs,
    leftovers,
    live,
    new_world,
    reconciler,
    require_truth,
    restore_jobs,
    restoring,
    step,
)

MODES = pytest.mark.parametrize("mode", [CONFIG, APART], ids=["in its namespace", "apart"])


@pytest.fixture
def world() -> FakeApiServer:
    return new_world()


@MODES
@pytest.mark.parametrize("key", [SOURCE, DESTINATION], ids=["source", "destination"])
def test_a_controller_killed_after_any_of_its_writes_is_continued(
    key: ObjectKey, mode: MoverSettings
) -> None:
    whole = new_world()
    jobs = run_with_death(whole, key, mode, at=0)
    assert jobs == 1
    for at in range(1, whole.writes + 1):
        world = new_world()
        assert run_with_death(world, key, mode, at=at) == 1, f"killed after write {at}"
        assert leftovers(world) == set(), f"killed after write {at}"
        assert live(world, key)["status"]["lastSyncTime"]
        require_truth(world)


@MODES
def test_a_pvc_is_filled_whenever_the_controller_dies(mode: MoverSettings) -> None:
    at = total = 0
    while at <= total:
        world = new_world(waits=True)
        populator = Populator(world)
        jobs = run_with_death(world, DESTINATION, mode, at=at, then=populator.step)
        total = total or world.writes
        assert (jobs, populator.is_done) == (1, True), f"killed after write {at}"
        assert leftovers(world) == set(), f"killed after write {at}"
        at += 1
    assert total


def run_with_death(
    world: FakeApiServer,
    key: ObjectKey,
    mode: MoverSettings,
    at: int,
    then: Callable[[], None] = lambda: None,
) -> int:
    """Jobs that were run until everything came to rest."""
    controller, jobs = reconciler(world, mode), 0
    world.kill_at = at
    for _ in range(ENOUGH):
        try:
            step(world, controller, key)
        except Killed:
            controller = reconciler(world, mode)
            step(world, controller, key)
        world.settle_volumes()
        jobs += finish_jobs(world)
        then()
        world.tick(5)
    return jobs


OTHER = "2" * 32
OUTCOMES = st.sampled_from(
    [
        PROVEN,
        None,
        Result(reason="the tree does not match", repository=PIN, snapshot=WANTED),
        Result(verified=True, repository="b" * 64, snapshot=WANTED),
        Result(verified=True, repository=PIN, snapshot="2" * 32),
    ]
)
TROUBLE = st.sampled_from(["", "later", "lose pod", "lose volume", "recreate", "no time to settle"])
ROUNDS = st.lists(
    st.tuples(st.sampled_from([0, 1]), OUTCOMES, st.booleans(), TROUBLE, st.integers(0, 2)),
    min_size=1,
    max_size=6,
)


@settings(max_examples=examples(150))
@given(rounds=ROUNDS, mode=st.sampled_from([CONFIG, APART]))
def test_no_order_of_events_publishes_what_was_not_verified(
    rounds: list[Any], mode: MoverSettings
) -> None:
    world = new_world()
    controllers = [reconciler(world, mode), reconciler(world, mode)]
    for who, result, succeeded, trouble, moment in rounds:
        for part in range(3):
            if part == moment:
                make_trouble(world, trouble)
            step(world, controllers[(who + part) % 2], DESTINATION)
            require_truth(world)
            if part == 0:
                for job in world.all(resource.JOB):
                    if not job.get("status"):
                        world.end_job(job, result, succeeded=succeeded)
            elif trouble != "no time to settle":
                world.settle_volumes()
        world.tick(60)


def make_trouble(world: FakeApiServer, kind: str) -> None:
    match kind:
        case "later":
            world.tick(1200)
        case "lose pod":
            drop(world, "Pod", lambda name: True)
        case "lose volume":
            drop(world, resource.PVC, lambda name: name.endswith("-dest"))
        case "recreate":
            world.put(DESTINATION.kind, restoring(world))


def test_an_image_of_another_incarnation_is_never_published(world: FakeApiServer) -> None:
    controller = reconciler(world)
    step(world, controller, DESTINATION)
    finish_jobs(world)
    # The same second, the same names, but another PVC's object: nothing of the former counts.
    world.put(DESTINATION.kind, restoring(world))
    for _ in range(3):
        step(world, controller, DESTINATION)
        world.settle_volumes()
    assert "latestImage" not in live(world, DESTINATION)["status"]
    assert finish_jobs(world) == 1


def drop(world: FakeApiServer, kind: str, fits: Any) -> None:
    for stored_kind, space, name in list(world.objects):
        if stored_kind == kind and fits(name):
            world.remove(stored_kind, space, name)


def act(world: FakeApiServer, populator: Populator, action: str, number: int) -> None:
    place = DESTINATION.kind, SPACE, DESTINATION.name
    world.tick(1)  # no two restores begin within one second
    match action:
        case "settle":
            world.settle_volumes()
        case "end":
            restore_jobs(world)
        case "fail":
            restore_jobs(world, succeeded=False)
        case "fill":
            populator.step()
        case "by hand":
            world.change(*place, {"spec": {"trigger": {"manual": f"token-{number}"}}})
        case "no trigger":
            world.change(*place, {"spec": {"trigger": None}})
        case "pause" | "go on":
            world.change(*place, {"spec": {"paused": action == "pause"}})
        case "wanted" | "other":
            parameters = {SpecKey.SNAPSHOT: WANTED if action == "wanted" else OTHER}
            world.change(*place, {"spec": {"external": {"parameters": parameters}}})
        case "die":
            world.kill_at = world.writes + 1
        case "later":
            world.tick(2000)


ACTIONS = ("settle", "end", "fill") * 3 + ("fail", "by hand", "no trigger", "pause", "go on")
TROUBLE = ("wanted", "other", "die", "later")


TWO_IMAGES = ["no trigger", "pause", "end", "settle", "other", "fill"]  # both marked
TWO_IN_ONE_SECOND = ["fill", "end", "settle", "fill", "other", "fill", "fill"]


@settings(max_examples=examples(120))
@given(
    actions=st.lists(st.sampled_from(ACTIONS + TROUBLE), max_size=25),
    mode=st.sampled_from([CONFIG, APART]),
)
@example(actions=TWO_IMAGES, mode=CONFIG)
@example(actions=TWO_IN_ONE_SECOND, mode=CONFIG)
@example(actions=TWO_IMAGES, mode=APART)
@example(actions=TWO_IN_ONE_SECOND, mode=APART)
def test_no_order_of_events_takes_an_image_from_a_pvc_that_waits(
    actions: list[str], mode: MoverSettings
) -> None:
    world = new_world(waits=True)
    populator, controllers = Populator(world), [reconciler(world, mode), reconciler(world, mode)]
    for number, action in enumerate(actions):
        act(world, populator, action, number)
        try:
            step(world, controllers[number % 2], DESTINATION)
        except Killed:
            continue
    world.kill_at = 0
    for number in range(2 * ENOUGH):  # what a person has done is left in peace now
        for action in ("go on", "later", "settle", "end", "fill"):
            act(world, populator, action, number)
            step(world, controllers[0], DESTINATION)
    assert populator.is_done
    claim = world.objects[resource.PVC, SPACE, "photos"]["metadata"]["uid"]
    assert world.contents[claim] in (WANTED, OTHER)
    owner = builders.destination(name=DESTINATION.name, workplace=mode.workplace(SPACE))
    kept = {names.destination_volume(owner.stem)}
    spec = live(world, DESTINATION)["spec"]
    assert leftovers(world) <= (kept if spec.get("trigger") else set())
