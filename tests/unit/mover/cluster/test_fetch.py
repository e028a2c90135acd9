import asyncio
from typing import Any

import pytest

from contract.labels import (
    DESTINATION,
    POPULATOR_PREFIX,
    PRIVILEGED_MOVERS,
)
from contract.repository import PIN_CONFIG_MAP, VOLUME
from fakes import builders
from fakes.api_server import FakeApiServer, Object, refused
from fakes.builders import CONFIG, PIN, SPACE, running, temporary
from kube import resource
from kube.resource import CONFIG_MAP, EVENT, NAMESPACE, POD, STORAGE_CLASS
from mover import model, names
from mover.cluster import fetch
from mover.manifest.job import CONTAINER
from tests.unit.mover.story import start_pod

CLAIM = {"resources": {"requests": {"storage": "1Gi"}}}
HOME = CONFIG.repository_namespace
CONFIGURED = model.Storage(snapshot_class=CONFIG.snapshot_class)


def test_an_idle_owner_costs_no_look_at_its_surroundings() -> None:
    view = asyncio.run(fetch.of_source(FakeApiServer(), builders.source(), CONFIG))
    assert view.cluster == model.ClusterState()
    assert (view.pvc, view.job) == (None, None)


def test_a_running_owner_sees_pin_and_privileges() -> None:
    world = FakeApiServer()
    owner = builders.destination(status=running("x"))
    view = asyncio.run(fetch.of_destination(world, owner, CONFIG))
    assert view.cluster == model.ClusterState(pin=PIN, storage=CONFIGURED)
    space = world.objects[NAMESPACE, "", SPACE]
    space["metadata"]["annotations"] = {PRIVILEGED_MOVERS: "false"}
    del world.objects[CONFIG_MAP, HOME, PIN_CONFIG_MAP]
    again = asyncio.run(fetch.of_destination(world, owner, CONFIG))
    assert again.cluster == model.ClusterState(pin="", privileged=False, storage=CONFIGURED)


def test_only_the_owners_own_images_are_seen() -> None:
    world = FakeApiServer()
    owner = builders.destination()
    for uid, name in ((owner.uid, "mine"), ("another", "theirs")):
        world.put(resource.SNAPSHOT, {"metadata": temporary(uid, DESTINATION, name)})
    view = asyncio.run(fetch.of_destination(world, owner, CONFIG))
    assert [image.name for image in view.images] == ["mine"]


@pytest.fixture
def world() -> FakeApiServer:
    """A PVC, and the volume of an earlier restore for it."""
    made = FakeApiServer()
    meta = {"name": "photos", "namespace": SPACE}
    made.put(resource.PVC, {"metadata": meta, "spec": CLAIM, "status": {"phase": "Bound"}})
    volume = temporary("rd-uid", DESTINATION, names.destination_volume("photos-restore"))
    made.put(resource.PVC, {"metadata": volume, "spec": CLAIM})
    return made


def look(world: FakeApiServer, **changes: Any) -> model.DestinationView:
    owner = builders.destination(**changes)
    return asyncio.run(fetch.of_destination(world, owner, CONFIG))


def test_a_destination_sees_the_very_pvc_that_owns_it(world: FakeApiServer) -> None:
    uid = world.objects[resource.PVC, SPACE, "photos"]["metadata"]["uid"]
    view = look(world, claim_uid=uid)
    assert view.pvc
    assert (view.pvc.name, view.populating, view.used) == ("photos", False, False)
    assert look(world, claim_uid="former-uid").pvc is None
    assert look(world, claim="").pvc is None
    assert look(world, claim="another", claim_uid=uid).pvc is None


def test_a_destination_sees_who_is_filling_and_who_has_started(world: FakeApiServer) -> None:
    uid = world.objects[resource.PVC, SPACE, "photos"]["metadata"]["uid"]
    prime = {"name": f"{POPULATOR_PREFIX}{uid}", "namespace": SPACE}
    world.put(resource.PVC, {"metadata": prime, "spec": CLAIM})
    start_pod(world)
    view = look(world, claim_uid=uid)
    assert (view.populating, view.used) == (True, True)
    world.change(resource.PVC, SPACE, "photos", {"status": {"phase": "Pending"}})
    assert not look(world, claim_uid=uid).used


def test_the_pvc_is_not_looked_at_for_a_volume_at_work(world: FakeApiServer) -> None:
    uid = world.objects[resource.PVC, SPACE, "photos"]["metadata"]["uid"]
    status = running("x")
    name = names.destination_volume("photos-restore")
    annotations = {names.SYNC: names.sync_id(status.started, 0)}
    world.change(resource.PVC, SPACE, name, {"metadata": {"annotations": annotations}})
    assert look(world, claim_uid=uid, status=status).pvc is None


def look_at_source(world: FakeApiServer, **changes: Any) -> model.SourceView:
    owner = builders.source(**changes)
    return asyncio.run(fetch.of_source(world, owner, CONFIG))


def test_a_source_sees_whether_its_restored_pvc_has_been_used(world: FakeApiServer) -> None:
    world.change(resource.PVC, SPACE, "photos", builders.filled("photos"))
    assert not look_at_source(world).used
    start_pod(world)
    assert look_at_source(world).used


def test_a_source_without_snapshots_sees_where_its_pvc_is_in_use(world: FakeApiServer) -> None:
    world.put(STORAGE_CLASS, {"metadata": {"name": "plain"}, "provisioner": "plain.example"})
    world.change(resource.PVC, SPACE, "photos", {"spec": {"storageClassName": "plain"}})
    start_pod(world)
    world.change(POD, SPACE, "app", {"spec": {"nodeName": "n1"}})
    view = look_at_source(world, status=running())
    assert view.cluster.storage == model.Storage(has_snapshots=False, binds_at_once=True)
    assert view.node == "n1"
    world.change(POD, SPACE, "app", {"status": {"phase": "Succeeded"}})
    assert look_at_source(world, status=running()).node == ""


def start_job(world: FakeApiServer, owner: model.Replication, state: dict[str, Any]) -> str:
    """A Job of the owner whose pod is on a node. Returns the pod's uid."""
    template = {"spec": {"containers": [], "volumes": [{"name": "data"}, {"name": VOLUME}]}}
    job_meta = {"name": names.job(owner.role, owner.name), "namespace": SPACE}
    job = world.put(resource.JOB, {"metadata": job_meta, "spec": {"template": template}})
    refs = [{"kind": "Job", "name": job_meta["name"], "uid": job["metadata"]["uid"]}]
    labels = {fetch.JOB_NAME: job_meta["name"]}
    meta = {"name": "mover-1", "namespace": SPACE, "labels": labels, "ownerReferences": refs}
    status = {"containerStatuses": [{"name": CONTAINER, "state": state}]}
    spec = {"nodeName": "n1", "volumes": template["spec"]["volumes"]}
    return world.put(POD, {"metadata": meta, "spec": spec, "status": status})["metadata"]["uid"]


def warn(world: FakeApiServer, name: str, pod_uid: str, volume: str) -> None:
    message = f'MountVolume.SetUp failed for volume "{volume}" : exit status 32'
    event = {"type": "Warning", "message": message, "involvedObject": {"uid": pod_uid}}
    world.put(EVENT, {"metadata": {"name": name, "namespace": SPACE}, **event})


def test_a_job_whose_pod_does_not_start_tells_what_kubelet_says_of_that_pod() -> None:
    world, owner = FakeApiServer(), builders.source(status=running())
    uid = start_job(world, owner, {"waiting": {"reason": "ContainerCreating"}})
    warn(world, "ours", uid, "pvc-1")
    warn(world, "of another pod", "another-uid", VOLUME)
    job = asyncio.run(fetch.of_source(world, owner, CONFIG)).job
    assert job
    assert job.reason.startswith("volume data does not mount: MountVolume.SetUp failed")
    assert not job.lacks_repository


def test_events_of_a_pod_that_runs_are_not_asked_for() -> None:
    world, owner = FakeApiServer(), builders.source(status=running())
    warn(world, "old", start_job(world, owner, {"running": {"startedAt": "now"}}), VOLUME)
    job = asyncio.run(fetch.of_source(world, owner, CONFIG)).job
    assert job
    assert (job.reason, job.lacks_repository) == ("", False)


def test_a_job_whose_pod_is_refused_tells_the_words_of_the_quota() -> None:
    world, owner = FakeApiServer(), builders.source(status=running())
    meta = {"name": names.job(owner.role, owner.name), "namespace": SPACE}
    template = {"spec": {"containers": [], "volumes": [{"name": VOLUME}]}}
    made = world.put(resource.JOB, {"metadata": meta, "spec": {"template": template}})
    words = 'Error creating: pods "mover-1" is forbidden: exceeded quota: strict'
    warning = {"type": "Warning", "reason": "FailedCreate", "message": words}
    of = {"involvedObject": {"uid": made["metadata"]["uid"]}}
    world.put(EVENT, {"metadata": {"name": "refused", "namespace": SPACE}, **warning, **of})
    job = asyncio.run(fetch.of_source(world, owner, CONFIG)).job
    assert job
    assert (job.reason, job.lacks_repository, job.is_refused) == (words, False, False)


class WithoutEvents(FakeApiServer):
    """An API server that lets nobody list events."""

    async def find(
        self, kind: str, namespace: str, selector: str, fields: str = ""
    ) -> list[Object]:
        if kind == EVENT:
            raise refused(403, "events is forbidden")
        return await super().find(kind, namespace, selector, fields)


def test_without_the_right_to_read_events_the_work_goes_on() -> None:
    world, owner = WithoutEvents(), builders.source(status=running())
    start_job(world, owner, {"waiting": {"reason": "ContainerCreating"}})
    job = asyncio.run(fetch.of_source(world, owner, CONFIG)).job
    assert job
    assert (job.reason, job.lacks_repository) == ("ContainerCreating", False)
