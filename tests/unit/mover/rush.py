"""Many that want to start at once, and what becomes of them."""

import asyncio
from datetime import timedelta

from contract.times import time_text
from contract.volsync import StatusKey
from fakes.api_server import FakeApiServer
from fakes.builders import CONFIG, PROVEN, SPACE
from kube import resource
from kube.resource import ObjectKey
from mover.controller.reconciler import Reconciler
from mover.result import Result
from mover.scheduling import scheduler
from tests.unit.mover.story import ENOUGH, live, owner, step

LIMIT = CONFIG.max_jobs
AWAY = Result(reason="the export does not answer", repository_failed=True)


def quiet_world() -> FakeApiServer:
    """One bound PVC, and nothing to do."""
    made = FakeApiServer()
    claim = {"resources": {"requests": {"storage": "1Gi"}}}
    made.put(resource.PVC, {"metadata": {"name": "photos", "namespace": SPACE}, "spec": claim})
    made.settle_volumes()
    return made


def sources(world: FakeApiServer, count: int, minutes: int = 0) -> list[ObjectKey]:
    """Backups that were due some minutes ago, each a second after the one before."""
    keys = [
        ObjectKey(resource.REPLICATION_SOURCE, SPACE, f"due-{minutes}-{n}") for n in range(count)
    ]
    for number, key in enumerate(keys):
        due = world.now - timedelta(minutes=minutes) + timedelta(seconds=number)
        status = {"lastSyncStartTime": time_text(due)}
        world.put(key.kind, {**owner(key, sourcePVC="photos"), "status": status})
    return keys


def restore(world: FakeApiServer, name: str = "restore") -> ObjectKey:
    key = ObjectKey(resource.REPLICATION_DESTINATION, SPACE, name)
    world.put(key.kind, owner(key))
    return key


def message(world: FakeApiServer, key: ObjectKey) -> str:
    return live(world, key)["status"]["conditions"][-1]["message"]


def survey(controller: Reconciler) -> scheduler.Survey:
    return asyncio.run(controller.scheduler.survey())


def metric(controller: Reconciler, name: str, **labels: str) -> float | None:
    return controller._metrics.registry.get_sample_value(name, labels)


def at_work(world: FakeApiServer) -> set[str]:
    items = (*world.all(resource.JOB), *world.all(resource.SNAPSHOT), *world.all(resource.PVC))
    refs = [ref for temporary in items for ref in temporary["metadata"].get("ownerReferences", ())]
    return {ref["name"] for ref in refs}


def end(
    world: FakeApiServer,
    result: Result = PROVEN,
    *,
    succeeded: bool = True,
    of: ObjectKey | None = None,
) -> None:
    for job in world.all(resource.JOB):
        owner_name = job["metadata"]["ownerReferences"][0]["name"]
        if not job.get("status") and (of is None or of.name == owner_name):
            world.end_job(job, result, succeeded=succeeded)


def finish(world: FakeApiServer, controller: Reconciler, key: ObjectKey) -> None:
    for _ in range(ENOUGH):
        step(world, controller, key)
        world.settle_volumes()
        end(world, of=key)


def jobs(world: FakeApiServer) -> int:
    return sum(not job.get("status") for job in world.all(resource.JOB))


def everybody(world: FakeApiServer, controller: Reconciler, keys: list[ObjectKey]) -> None:
    for _ in range(3):
        step(world, controller, *keys)
        world.settle_volumes()


def fail_by_repository(world: FakeApiServer, key: ObjectKey) -> None:
    external = {StatusKey.REPOSITORY_FAILED: time_text(world.now), StatusKey.ATTEMPTS: "1"}
    status = {"external": external, "latestMoverStatus": {"logs": AWAY.reason}}
    world.change(key.kind, SPACE, key.name, {"status": status})
