import pytest

from contract.labels import CREATED_BY, ROLE, SOURCE, VOLSYNC
from contract.times import time_text
from contract.volsync import SpecKey, StatusKey
from fakes.api_server import FakeApiServer, Object
from fakes.builders import CONFIG, SPACE
from kube import resource
from kube.resource import NODE, POD, STORAGE_CLASS, ObjectKey
from mover.controller.reconciler import Reconciler
from mover.scheduling import node_affinity, scheduler
from tests.unit.mover.rush import (
    LIMIT,
    everybody,
    finish,
    jobs,
    message,
    quiet_world,
    sources,
    survey,
)
from tests.unit.mover.story import live, reconciler, start_pod, step


@pytest.fixture
def world() -> FakeApiServer:
    return quiet_world()


def nodes(world: FakeApiServer, *names: str) -> None:
    ready = {"conditions": [{"type": "Ready", "status": "True"}]}
    for name in names:
        world.put(NODE, {"metadata": {"name": name, "namespace": ""}, "status": ready})


def place(world: FakeApiServer, node: str = "") -> None:
    """A pod for each Job that has none: on a node, or nowhere."""
    for job in world.all(resource.JOB):
        meta = job["metadata"]
        about = {
            "name": f"{meta['name']}-pod",
            "namespace": SPACE,
            "labels": {CREATED_BY: VOLSYNC, ROLE: SOURCE},
            "ownerReferences": [{"uid": meta["uid"], "controller": True}],
        }
        if (POD, SPACE, about["name"]) in world.objects:
            continue
        nowhere = {"type": "PodScheduled", "status": "False"}
        conditions = [] if node else [nowhere | {"lastTransitionTime": time_text(world.now)}]
        status = {"phase": "Pending", "conditions": conditions}
        world.put(POD, {"metadata": about, "spec": {"nodeName": node}, "status": status})


def job_of(world: FakeApiServer, key: ObjectKey) -> Object:
    (job,) = (
        job
        for job in world.all(resource.JOB)
        if job["metadata"]["ownerReferences"][0]["name"] == key.name
    )
    return job


def take_back(world: FakeApiServer, controller: Reconciler, keys: list[ObjectKey]) -> None:
    """The scheduler finds no node for the newest Job, for too long."""
    place(world)
    world.tick(scheduler.STUCK)
    survey(controller)
    everybody(world, controller, keys)


def test_a_job_keeps_off_a_full_node(world: FakeApiServer) -> None:
    nodes(world, "a", "b")
    keys = sources(world, LIMIT)
    controller = reconciler(world)
    everybody(world, controller, keys[: CONFIG.max_jobs_per_node])
    place(world, "a")
    everybody(world, controller, keys)
    assert node_affinity.avoided(job_of(world, keys[CONFIG.max_jobs_per_node])) == {"a"}


def test_no_job_starts_where_it_might_be_one_too_many(world: FakeApiServer) -> None:
    nodes(world, "a", "b")
    keys = sources(world, LIMIT)
    controller = reconciler(world)
    everybody(world, controller, keys)
    # All that have no node yet may come to the same one.
    assert jobs(world) == CONFIG.max_jobs_per_node
    assert "no room on any node" in message(world, keys[-1])


def test_a_job_that_only_a_full_node_can_take_waits_without_failing(world: FakeApiServer) -> None:
    nodes(world, "a", "b")
    keys = sources(world, CONFIG.max_jobs_per_node + 1)
    controller = reconciler(world)
    everybody(world, controller, keys[:-1])
    place(world, "a")
    everybody(world, controller, keys)
    stuck = job_of(world, keys[-1])["metadata"]["uid"]
    take_back(world, controller, keys)
    assert "no room on node a" in message(world, keys[-1])
    assert len(world.all(resource.JOB)) == CONFIG.max_jobs_per_node
    finish(world, controller, keys[0])
    assert keys[-1] in survey(controller).keys
    everybody(world, controller, keys[-1:])
    assert job_of(world, keys[-1])["metadata"]["uid"] != stuck
    assert node_affinity.only(job_of(world, keys[-1])) == {"a"}
    assert StatusKey.ATTEMPTS not in live(world, keys[-1])["status"].get("external", {})


def test_of_several_full_nodes_it_tries_one_after_the_other(world: FakeApiServer) -> None:
    nodes(world, "a", "b", "c")
    keys = sources(world, LIMIT + 1)
    controller = reconciler(world)
    for key, node in zip(keys, "aabb", strict=False):
        everybody(world, controller, [key])
        place(world, node)
    finish(world, controller, keys[0])
    everybody(world, controller, keys[1:])
    assert node_affinity.avoided(job_of(world, keys[-1])) == {"b"}
    take_back(world, controller, keys)
    assert "no room on node b" in message(world, keys[-1])
    finish(world, controller, keys[2])
    everybody(world, controller, keys[-1:])
    assert node_affinity.only(job_of(world, keys[-1])) == {"b"}
    take_back(world, controller, keys)  # it was not that one: the search begins anew
    unbound = job_of(world, keys[-1])
    assert node_affinity.only(unbound) == node_affinity.avoided(unbound) == frozenset()
    take_back(world, controller, keys)  # nor is any other to blame: from here on it may fail
    assert job_of(world, keys[-1]) is unbound


def test_many_that_wait_for_one_node_hold_up_nobody_else(world: FakeApiServer) -> None:
    nodes(world, "a", "b")
    storage = {"metadata": {"name": "plain", "namespace": ""}, "provisioner": "plain.example"}
    world.put(STORAGE_CLASS, storage)
    for name in ("photos", "free"):
        spec = {"storageClassName": "plain", "resources": {"requests": {"storage": "1Gi"}}}
        world.put(resource.PVC, {"metadata": {"name": name, "namespace": SPACE}, "spec": spec})
    world.settle_volumes()
    start_pod(world)  # with photos, on node a
    world.change(POD, SPACE, "app", {"spec": {"nodeName": "a"}})
    local = sources(world, CONFIG.max_jobs_per_node + LIMIT + 1, 30)
    (free,) = sources(world, 1)
    own = {"external": {"parameters": {SpecKey.USER: "free-backup"}}}
    world.change(free.kind, SPACE, free.name, {"spec": {"sourcePVC": "free", **own}})
    controller = reconciler(world)
    step(world, controller, *local)
    place(world, "a")
    step(world, controller, *local, free)
    assert "no room on node a" in message(world, local[-1])
    assert node_affinity.avoided(job_of(world, free)) == {"a"}
