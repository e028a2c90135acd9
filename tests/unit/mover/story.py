"""A source and a destination in a world of dicts, and what happens to them."""

import asyncio
from dataclasses import replace
from typing import Any

from contract.environment import MoverSettings
from contract.times import time_text
from contract.volsync import API_VERSION, PROVIDER, SpecKey, StatusKey
from fakes import builders
from fakes.api_server import FakeApiServer, Object
from fakes.builders import CONFIG, PIN, PROVEN, SPACE, WANTED
from kube import resource
from kube.resource import POD, ObjectKey
from mover import names
from mover.controller.reconciler import Reconciler
from mover.job import task
from mover.metrics import Metrics
from mover.result import Result

SOURCE = ObjectKey(resource.REPLICATION_SOURCE, SPACE, "photos-backup")
DESTINATION = ObjectKey(resource.REPLICATION_DESTINATION, SPACE, "photos-restore")
SNAPSHOTS = (resource.SNAPSHOT, resource.SNAPSHOT_CONTENT)
TEMPORARY = (resource.JOB, resource.PVC, *SNAPSHOTS)
NEWEST = "9" * 32
ENOUGH = 12  # rounds in which everything has come to rest


def owner(key: ObjectKey, **spec: Any) -> Object:
    parameters = dict(builders.PARAMETERS)
    meta: Object = {"name": key.name, "namespace": key.namespace}
    if key.kind == resource.REPLICATION_DESTINATION:
        parameters |= {SpecKey.SNAPSHOT: WANTED, SpecKey.CAPACITY: "1Gi"}
        meta["ownerReferences"] = [{"kind": resource.PVC, "name": "photos", "uid": "pvc-uid"}]
    external = {"provider": PROVIDER, "parameters": parameters}
    return {"apiVersion": API_VERSION, "metadata": meta, "spec": {"external": external, **spec}}


def new_world(*, waits: bool = False) -> FakeApiServer:
    """A PVC in use with its pair; or one that waits to be filled."""
    made = FakeApiServer()
    claim: Object = builders.pvc_spec()
    if waits:
        claim["dataSourceRef"] = {"kind": DESTINATION.kind, "name": DESTINATION.name}
    meta = {"name": "photos", "namespace": SPACE}
    made.put(resource.PVC, {"metadata": meta, "spec": claim, "status": {"phase": "Pending"}})
    made.put(SOURCE.kind, owner(SOURCE, sourcePVC="photos", trigger={"schedule": "17 * * * *"}))
    made.put(DESTINATION.kind, restoring(made))
    made.settle_volumes()
    if not waits:
        start_pod(made)
    return made


def restoring(world: FakeApiServer) -> Object:
    """A new destination that belongs to the PVC."""
    claim = world.objects[resource.PVC, SPACE, "photos"]["metadata"]
    made = owner(DESTINATION)
    made["metadata"]["ownerReferences"] = [
        {"kind": resource.PVC, "name": claim["name"], "uid": claim["uid"]}
    ]
    return made


def start_pod(world: FakeApiServer) -> None:
    """The application starts on the PVC."""
    mounted = {"volumes": [{"persistentVolumeClaim": {"claimName": "photos"}}]}
    state = {"running": {"startedAt": time_text(world.now)}}
    meta = {"name": "app", "namespace": SPACE}
    status = {"containerStatuses": [{"state": state}]}
    world.put(POD, {"metadata": meta, "spec": mounted, "status": status})


def reconciler(world: FakeApiServer, settings: MoverSettings = CONFIG) -> Reconciler:
    return Reconciler(world, settings, Metrics())


def step(world: FakeApiServer, controller: Reconciler, *keys: ObjectKey) -> None:
    for key in keys:
        asyncio.run(controller.run(key))


def live(world: FakeApiServer, key: ObjectKey) -> Object:
    return world.objects[key.kind, key.namespace, key.name]


def finish_jobs(world: FakeApiServer, result: Result = PROVEN) -> int:
    ended = 0
    for job in world.all(resource.JOB):
        if not job.get("status"):
            world.end_job(job, result)
            ended += 1
    return ended


def restore_jobs(world: FakeApiServer, *, succeeded: bool = True) -> None:
    """Ends the restores, each with the snapshot that its Job was told, or the newest."""
    for job in world.all(resource.JOB):
        container = job["spec"]["template"]["spec"]["containers"][0]
        order = task.read({pair["name"]: pair["value"] for pair in container["env"]})
        if not job.get("status"):
            result = replace(PROVEN, snapshot=order.snapshot or NEWEST)
            world.end_job(job, result if succeeded else None, succeeded=succeeded)


def leftovers(world: FakeApiServer) -> set[str]:
    """Temporaries that nothing needs; an image needs what it was made by."""
    image = (live(world, DESTINATION).get("status") or {}).get("latestImage", {}).get("name")
    made = {address for address in world.objects if address[0] in TEMPORARY}
    sync = next((_sync(world.objects[address]) for address in made if address[2] == image), "")
    kept = {
        address
        for address in made
        if address[0] in SNAPSHOTS and (_sync(world.objects[address]) or sync) == sync
    }
    return {name for _, _, name in made - kept} - {"photos"}


def _sync(item: Object) -> str:
    """The attempt of a temporary; "" of what the snapshot controller has made."""
    return (item["metadata"].get("annotations") or {}).get(names.SYNC, "")


def require_truth(world: FakeApiServer) -> None:
    """Whatever status names as restored is really in a ready image."""
    status = live(world, DESTINATION).get("status") or {}
    if "latestImage" not in status:
        assert StatusKey.PINNED not in status.get("external", {})
        return
    image = world.objects[resource.SNAPSHOT, SPACE, status["latestImage"]["name"]]
    assert image["status"]["readyToUse"]
    assert status["external"][StatusKey.SNAPSHOT] == WANTED
    # It may be gone with its volume; the populator tells where a PVC still needs it.
    assert world.contents.get(image["metadata"]["uid"], WANTED) == WANTED
    assert status["external"][StatusKey.REPOSITORY] == PIN
