import pytest

from contract.labels import CREATED_BY, ROLE, VOLSYNC
from contract.metrics import OUT_OF_SYNC
from contract.times import time_text
from contract.volsync import StatusKey
from fakes.api_server import FakeApiServer, refused
from fakes.builders import CONFIG, SPACE, WANTED, filled
from kube import resource
from kube.api import ApiError
from kube.resource import POD, ObjectKey
from mover import names
from mover.controller.reconciler import Reconciler
from mover.metrics import Metrics
from mover.scheduling import cluster_load
from tests.unit.mover.story import (
    DESTINATION,
    ENOUGH,
    SOURCE,
    finish_jobs,
    leftovers,
    live,
    new_world,
    owner,
    reconciler,
    require_truth,
    start_pod,
    step,
)


@pytest.fixture
def world() -> FakeApiServer:
    return new_world()


def test_a_backup_and_a_restore_end_without_leftovers(world: FakeApiServer) -> None:
    controller = reconciler(world)
    for _ in range(ENOUGH):
        step(world, controller, SOURCE, DESTINATION)
        world.settle_volumes()
        finish_jobs(world)
        world.tick(5)
    assert live(world, SOURCE)["status"]["lastSyncTime"]
    assert live(world, DESTINATION)["status"]["external"][StatusKey.PINNED] == WANTED
    require_truth(world)
    assert leftovers(world) == set()


def test_a_snapshot_of_before_whose_deletion_is_forgotten_holds_up_no_backup(
    world: FakeApiServer,
) -> None:
    meta = {
        "name": names.source_copy(SOURCE.name),
        "namespace": SPACE,
        "labels": {CREATED_BY: VOLSYNC, ROLE: "source"},
        "deletionTimestamp": time_text(world.now),
    }
    left = world.put(resource.SNAPSHOT, {"metadata": meta, "spec": {}})
    controller = reconciler(world)
    step(world, controller, SOURCE)
    assert world.all(resource.SNAPSHOT) == [left]
    world.tick(40)
    step(world, controller, SOURCE)
    touched = world.all(resource.SNAPSHOT)[0]
    assert touched["metadata"]["annotations"] == {names.TOUCHED: time_text(world.now)}
    world.remove(resource.SNAPSHOT, SPACE, meta["name"])  # its controller has looked again
    step(world, controller, SOURCE)
    assert "deletionTimestamp" not in world.all(resource.SNAPSHOT)[0]["metadata"]


def test_a_missing_policy_costs_no_job(world: FakeApiServer) -> None:
    world.injects = False
    controller = reconciler(world)
    for _ in range(4):
        step(world, controller, DESTINATION)
        world.settle_volumes()
    assert world.all(resource.JOB) == []
    condition = live(world, DESTINATION)["status"]["conditions"][-1]
    assert "policy" in condition["message"]
    assert any(event["type"] == "Warning" for event in world.events)


def test_a_refused_object_is_told_and_tried_again(world: FakeApiServer) -> None:
    world.refuse = lambda manifest: refused(403, "quota exceeded")
    controller = reconciler(world)
    step(world, controller, SOURCE)
    condition = live(world, SOURCE)["status"]["conditions"][-1]
    assert "quota exceeded" in condition["message"]
    world.refuse = lambda manifest: None
    step(world, controller, SOURCE)
    assert world.all(resource.SNAPSHOT)


def test_what_the_mover_itself_may_not_read_is_no_refusal_of_the_object(
    world: FakeApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def forbidden(api: object, pods: object) -> None:
        raise refused(403, "nodes is forbidden")

    monkeypatch.setattr(cluster_load, "nodes", forbidden)
    with pytest.raises(ApiError, match="nodes is forbidden"):
        step(world, reconciler(world), SOURCE)
    assert "refused" not in str(live(world, SOURCE)["status"].get("conditions"))
    assert world.all(resource.SNAPSHOT) == []


def test_no_more_movers_than_the_limit_and_restores_go_first(world: FakeApiServer) -> None:
    for number in range(6):
        name = f"photos-{number}"
        key = ObjectKey(resource.REPLICATION_SOURCE, SPACE, name)
        world.put(key.kind, owner(key, sourcePVC="photos"))
    controller = reconciler(world)
    sources = [ObjectKey(SOURCE.kind, SPACE, f"photos-{number}") for number in range(6)]
    step(world, controller, *sources)
    assert len(world.all(resource.SNAPSHOT)) == CONFIG.max_jobs
    queued = live(world, sources[-1])["status"]["conditions"][-1]
    assert "4 of 4 movers" in queued["message"]
    step(world, controller, DESTINATION)
    assert not [pvc for pvc in world.all(resource.PVC) if pvc["metadata"]["name"].endswith("-dest")]
    for _ in range(ENOUGH):  # the first one ends, and its place goes to the restore
        world.settle_volumes()
        finish_jobs(world)
        step(world, controller, sources[0])
    step(world, controller, sources[-1])
    queued = live(world, sources[-1])["status"]["conditions"][-1]
    assert "position 3 of 3" in queued["message"]
    step(world, controller, DESTINATION)
    assert [pvc for pvc in world.all(resource.PVC) if pvc["metadata"]["name"].endswith("-dest")]


def test_kept_volumes_take_no_movers_place(world: FakeApiServer) -> None:
    keys = [ObjectKey(DESTINATION.kind, SPACE, f"photos-{number}") for number in range(10)]
    for key in keys:  # a trigger by hand, so each volume stays after its restore
        world.put(key.kind, owner(key, trigger={"manual": "now"}))
    controller = reconciler(world)
    for _ in range(4 * ENOUGH):
        step(world, controller, *keys)
        world.settle_volumes()
        finish_jobs(world)
        world.tick(5)
    kept = [pvc for pvc in world.all(resource.PVC) if pvc["metadata"]["name"].endswith("-dest")]
    assert len(kept) == len(keys) > CONFIG.max_jobs
    assert world.all(resource.JOB) == []
    step(world, controller, SOURCE)
    assert [
        item for item in world.all(resource.SNAPSHOT) if item["metadata"]["name"].endswith("-src")
    ]


def test_another_providers_object_is_not_touched(world: FakeApiServer) -> None:
    world.objects.clear()
    foreign = owner(SOURCE)
    foreign["spec"]["external"]["provider"] = "elsewhere.example/rsync"
    world.put(SOURCE.kind, foreign)
    step(world, reconciler(world), SOURCE)
    assert "status" not in live(world, SOURCE)
    assert world.writes == 0


def test_a_restored_pvc_that_nobody_has_used_yet_is_not_late(world: FakeApiServer) -> None:
    late = {"obj_name": SOURCE.name, "obj_namespace": SPACE, "role": "source", "method": "kopia"}
    metrics = Metrics()
    controller = Reconciler(world, CONFIG, metrics)
    step(world, controller, SOURCE)
    assert metrics.registry.get_sample_value(OUT_OF_SYNC, late) == 1
    world.put(SOURCE.kind, owner(SOURCE, sourcePVC="photos"))
    world.change(resource.PVC, SPACE, "photos", filled("photos"))
    world.remove(POD, SPACE, "app")
    step(world, controller, SOURCE)
    assert metrics.registry.get_sample_value(OUT_OF_SYNC, late) == 0
    assert "lastSyncStartTime" not in live(world, SOURCE)["status"]
    start_pod(world)
    step(world, controller, SOURCE)
    assert live(world, SOURCE)["status"]["lastSyncStartTime"]
