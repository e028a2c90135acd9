import asyncio
from dataclasses import replace
from typing import Any

import pytest

from contract.labels import DESTINATION, SOURCE
from contract.pods import MoverPods, Toleration
from contract.times import time_text
from fakes.api_server import FakeApiServer, Object
from fakes.builders import NOW, SPACE, temporary
from kube import resource
from kube.resource import NODE, POD
from mover import names
from mover.scheduling import cluster_load
from mover.scheduling.node_affinity import Mover
from mover.scheduling.policy import ClusterLoad

CLAIM = {"resources": {"requests": {"storage": "1Gi"}}}


@pytest.fixture
def world() -> FakeApiServer:
    return FakeApiServer()


def look(world: FakeApiServer) -> ClusterLoad:
    return asyncio.run(cluster_load.look(world, frozenset()))


def job(uid: str = "a", **status: Any) -> Object:
    pod = {"spec": {"containers": [], "volumes": []}}
    meta = temporary(uid, SOURCE, f"job-of-{uid}")
    return {"metadata": meta, "spec": {"template": pod}, "status": status}


def pod(world: FakeApiServer, of: Object, node: str = "", **status: Any) -> None:
    meta = temporary(of["metadata"]["uid"], SOURCE, f"pod-of-{of['metadata']['name']}")
    world.put(POD, {"metadata": meta, "spec": {"nodeName": node}, "status": status})


def test_everyone_with_temporaries_is_at_work_but_an_image_is_no_work(world: FakeApiServer) -> None:
    world.put(resource.PVC, {"metadata": temporary("a", SOURCE, "v"), "spec": CLAIM})
    world.put(resource.JOB, job("b"))
    world.put(resource.SNAPSHOT, {"metadata": temporary("c", SOURCE, "s")})
    world.put(resource.SNAPSHOT, {"metadata": temporary("d", DESTINATION, "image")})
    world.put(resource.PVC, {"metadata": {"name": "photos", "namespace": SPACE}, "spec": CLAIM})
    assert look(world).at_work == {"a": SOURCE, "b": SOURCE, "c": SOURCE}


def test_attempts_after_a_failed_one_are_known_as_such(world: FakeApiServer) -> None:
    for uid, attempts in (("first", 0), ("second", 1), ("eleventh", 10)):
        meta = temporary(uid, SOURCE, uid, names.sync_id(NOW, attempts))
        world.put(resource.SNAPSHOT, {"metadata": meta})
    assert look(world).retries == {"second", "eleventh"}


def image(uid: str, sync: str = "s", *, ready: bool = True) -> Object:
    meta = temporary(uid, DESTINATION, f"image-{uid}-{sync}", sync)
    return {"metadata": meta, "status": {"readyToUse": ready}}


def test_a_volume_that_is_kept_for_its_image_is_no_work(world: FakeApiServer) -> None:
    for uid in ("kept", "unready", "earlier", "at work"):
        world.put(resource.PVC, {"metadata": temporary(uid, DESTINATION, uid), "spec": CLAIM})
    world.put(resource.SNAPSHOT, image("kept"))
    world.put(resource.SNAPSHOT, image("unready", ready=False))
    world.put(resource.SNAPSHOT, image("earlier", sync="another"))
    world.put(resource.SNAPSHOT, image("at work"))
    done = {"conditions": [{"type": "Complete", "status": "True"}]}
    ended = job("at work", **done)
    ended["metadata"] = temporary("at work", DESTINATION, "j")
    world.put(resource.JOB, ended)
    assert look(world).at_work == dict.fromkeys(("unready", "earlier", "at work"), DESTINATION)


def test_a_job_is_on_the_node_of_its_pod_until_it_has_ended(world: FakeApiServer) -> None:
    running, waiting, ended = (world.put(resource.JOB, job(uid)) for uid in "abc")
    ended["status"]["conditions"] = [{"type": "Complete", "status": "True"}]
    pod(world, running, "node-1", phase="Running")
    pod(world, ended, "node-2", phase="Succeeded")
    node_by_owner = {mover.owner: mover.node for mover in look(world).movers}
    assert node_by_owner == {"a": "node-1", "b": ""}
    assert waiting["metadata"]["uid"] in {mover.uid for mover in look(world).movers}


@pytest.mark.parametrize(("phase", "counts"), [("Running", True), ("Failed", False)])
def test_a_pod_that_outlives_its_job_still_counts(
    world: FakeApiServer, phase: str, counts: bool
) -> None:
    gone = world.put(resource.JOB, job())
    pod(world, gone, "node-1", phase=phase)
    world.remove(resource.JOB, SPACE, gone["metadata"]["name"])
    assert look(world).movers == ((Mover(owner="", node="node-1", made=NOW),) if counts else ())


@pytest.mark.parametrize(
    ("condition", "is_stuck"),
    [
        ({"status": "False", "message": "0/3 nodes are available"}, True),
        ({"status": "False", "message": "pod has unbound immediate PersistentVolumeClaims"}, False),
        ({"status": "True"}, False),
    ],
)
def test_a_job_is_stuck_once_the_scheduler_finds_no_node(
    world: FakeApiServer, condition: dict[str, str], is_stuck: bool
) -> None:
    made = world.put(resource.JOB, job())
    unscheduled = {"type": "PodScheduled", "lastTransitionTime": time_text(NOW), **condition}
    pod(world, made, phase="Pending", conditions=[unscheduled])
    (mover,) = look(world).movers
    assert mover.stuck_since == (NOW if is_stuck else None)
    made["metadata"]["deletionTimestamp"] = time_text(NOW)
    assert look(world).movers[0].stuck_since is None


READY = {"conditions": [{"type": "Ready", "status": "True"}]}
NOT_READY = {"conditions": [{"type": "Ready", "status": "Unknown"}]}


@pytest.mark.parametrize(
    ("spec", "status", "takes"),
    [
        ({}, READY, True),
        ({"taints": [{"key": "x", "effect": "PreferNoSchedule"}]}, READY, True),
        ({"taints": [{"key": "control-plane", "effect": "NoSchedule"}]}, READY, False),
        ({"unschedulable": True}, READY, False),
        ({}, NOT_READY, False),
        ({}, {}, False),
    ],
)
def test_only_nodes_that_take_ordinary_pods_count(
    world: FakeApiServer, spec: dict[str, Any], status: dict[str, Any], takes: bool
) -> None:
    meta = {"name": "node-1", "namespace": ""}
    world.put(NODE, {"metadata": meta, "spec": spec, "status": status})
    nodes = asyncio.run(cluster_load.nodes(world, MoverPods()))
    assert nodes == ({"node-1"} if takes else frozenset())


def test_a_node_counts_where_the_movers_tolerate_its_taints_and_select_its_labels(
    world: FakeApiServer,
) -> None:
    storage = {"key": "role", "value": "storage", "effect": "NoSchedule"}
    labels: dict[str, dict[str, str]] = {"node-1": {"disk": "fast"}, "node-2": {}}
    for name, own in labels.items():
        meta = {"name": name, "namespace": "", "labels": own}
        world.put(NODE, {"metadata": meta, "spec": {"taints": [storage]}, "status": READY})
    tolerant = MoverPods(tolerations=(Toleration(key="role", value="storage"),))
    assert asyncio.run(cluster_load.nodes(world, MoverPods())) == frozenset()
    assert asyncio.run(cluster_load.nodes(world, tolerant)) == {"node-1", "node-2"}
    choosy = replace(tolerant, node_selector={"disk": "fast"})
    assert asyncio.run(cluster_load.nodes(world, choosy)) == {"node-1"}
