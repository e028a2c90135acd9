from datetime import datetime, timedelta
from typing import Any

import pytest

from contract.labels import ACCEPT_LOSS, CREATED_BY, DO_NOT_DELETE, POPULATOR_IN_USE, ROLE
from contract.times import time_text
from contract.volsync import PROVIDER
from fakes import builders
from fakes.builders import CONFIG, NOW, PROVEN, pvc
from kube import resource
from mover import names
from mover.cluster import parse
from mover.manifest.job import CONTAINER
from mover.model import Phase
from mover.result import encode

META = {
    "name": "x",
    "namespace": "media",
    "uid": "u",
    "resourceVersion": "5",
    "creationTimestamp": "2026-03-01T12:00:00Z",
}
REF = {"kind": "ReplicationSource", "name": "rs", "uid": "rs-uid", "controller": True}


def raw(kind: str, *, meta: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "metadata": {**META, **(meta or {})}, **more}


def job(conditions: list[dict[str, str]], mounted: bool = False) -> dict[str, Any]:
    container = {"name": CONTAINER}
    pod: dict[str, Any] = {"containers": [container], "volumes": []}
    spec = {"template": {"spec": pod}}
    return raw(resource.JOB, spec=spec, status={"conditions": conditions})


def pod(state: dict[str, Any], uid: str = "u", **status: Any) -> dict[str, Any]:
    refs = [{"kind": "Job", "uid": uid}]
    containers = [{"name": CONTAINER, "state": state}]
    return {
        "metadata": {"ownerReferences": refs},
        "status": {"containerStatuses": containers, **status},
    }


def test_only_our_providers_objects_are_ours() -> None:
    spec = {"external": {"provider": "elsewhere.example/x"}}
    assert parse.replication(raw(resource.REPLICATION_SOURCE, spec=spec), NOW, CONFIG) is None
    assert (
        parse.replication(raw(resource.REPLICATION_SOURCE, spec={"restic": {}}), NOW, CONFIG)
        is None
    )


def test_a_source_names_its_pvc_in_its_spec() -> None:
    spec = {
        "sourcePVC": "photos",
        "trigger": {"schedule": "17 * * * *", "manual": "now"},
        "external": {"provider": PROVIDER, "parameters": {"secret": "s"}},
    }
    owner = parse.replication(raw(resource.REPLICATION_SOURCE, spec=spec), NOW, CONFIG)
    assert owner
    assert (owner.role, owner.claim, owner.schedule) == ("source", "photos", "17 * * * *")
    assert (owner.manual, owner.parameters) == ("now", {"secret": "s"})


def test_a_destination_belongs_to_the_pvc_that_owns_it() -> None:
    meta = {
        "ownerReferences": [{"kind": "PersistentVolumeClaim", "name": "photos", "uid": "p"}],
        "deletionTimestamp": "2026-03-01T12:00:00Z",
    }
    spec = {"external": {"provider": PROVIDER}, "paused": True}
    owner = parse.replication(
        raw(resource.REPLICATION_DESTINATION, meta=meta, spec=spec), NOW, CONFIG
    )
    assert owner
    assert (owner.role, owner.claim, owner.claim_uid) == ("destination", "photos", "p")
    assert owner.terminating
    assert owner.paused


def test_a_temporary_tells_its_owner_and_attempt() -> None:
    meta = {
        "ownerReferences": [REF],
        "annotations": {names.SYNC: "s"},
        "labels": {CREATED_BY: "volsync", ROLE: "source"},
    }
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    temporary = parse.pvc(raw(resource.PVC, meta=meta, spec=spec, status={"phase": "Bound"}))
    assert temporary
    assert (temporary.owner, temporary.sync, temporary.made_here, temporary.phase) == (
        "rs-uid",
        "s",
        True,
        "Bound",
    )
    assert (temporary.mode, temporary.request) == ("Filesystem", "1Gi")


@pytest.mark.parametrize(("touched", "since"), [(None, NOW - timedelta(minutes=30)), (NOW, NOW)])
def test_what_is_being_deleted_tells_since_when_nobody_has_touched_it(
    touched: datetime | None, since: datetime
) -> None:
    marks = {names.TOUCHED: time_text(touched)} if touched else {}
    meta = {"deletionTimestamp": "2026-03-01T12:00:00Z", "annotations": marks}
    snapshot = parse.volume_snapshot(raw(resource.SNAPSHOT, meta=meta))
    assert snapshot
    assert (snapshot.terminating, snapshot.going_since) == (True, since)


def test_a_persons_object_is_not_ours() -> None:
    spec = {"resources": {"requests": {"storage": "1Gi"}}, "volumeMode": "Block"}
    pvc = parse.pvc(raw(resource.PVC, spec=spec))
    assert pvc
    assert (pvc.made_here, pvc.owner, pvc.mode) == (False, "", "Block")


def test_a_snapshot_is_ready_only_if_it_says_so() -> None:
    assert parse.volume_snapshot(None) is None
    fresh = parse.volume_snapshot(raw(resource.SNAPSHOT))
    assert fresh
    assert (fresh.ready, fresh.size, fresh.in_use, fresh.result) == (False, "0", False, None)
    status = {"readyToUse": True, "restoreSize": "2Gi", "error": {"message": "was slow"}}
    meta = {"annotations": {names.RESULT: encode(PROVEN)}}
    ready = parse.volume_snapshot(raw(resource.SNAPSHOT, meta=meta, status=status))
    assert ready
    assert (ready.ready, ready.size, ready.error) == (True, "2Gi", "was slow")
    assert ready.result == PROVEN


def reader(claim: str = "photos", *, init: bool = False, **state: Any) -> dict[str, Any]:
    kind = "initContainerStatuses" if init else "containerStatuses"
    return {
        "spec": {"volumes": [{"emptyDir": {}}, {"persistentVolumeClaim": {"claimName": claim}}]},
        "status": {kind: [state]},
    }


def over(pod: dict[str, Any], created: str = "2026-03-01T11:00:00Z") -> dict[str, Any]:
    """A pod that has ended."""
    ended = pod | {"metadata": {"creationTimestamp": created}}
    ended["status"]["phase"] = "Succeeded"
    return ended


BEFORE, AFTER = "2026-03-01T11:00:00Z", "2026-03-01T12:29:00Z"
ENDED = {"terminated": {"startedAt": AFTER}}


@pytest.mark.parametrize(
    ("pods", "used"),
    [
        ([], False),
        ([reader(state={"running": {"startedAt": AFTER}})], True),
        ([reader(state=ENDED)], True),
        ([reader(state=ENDED, init=True)], True),
        ([reader(state={"waiting": {}}, lastState=ENDED)], True),
        ([reader(state={"waiting": {"reason": "ContainerCreating"}})], False),
        ([reader(state={"terminated": {"startedAt": None}})], False),
        ([over(reader(state={"terminated": {"startedAt": BEFORE}}))], False),
        # On a node whose clock is behind.
        ([reader(state={"running": {"startedAt": BEFORE}})], True),
        ([over(reader(state={"terminated": {"startedAt": BEFORE}}), created=AFTER)], True),
        ([reader("another", state=ENDED)], False),
        ([{"spec": {}}, reader(state=ENDED)], True),
    ],
)
def test_a_pvc_is_used_once_a_container_has_started_with_it(
    pods: list[dict[str, Any]], used: bool
) -> None:
    assert parse.is_used(pvc(), pods) is used


@pytest.mark.parametrize("mark", [f"{POPULATOR_IN_USE}uid", DO_NOT_DELETE])
def test_a_marked_snapshot_is_in_use(mark: str) -> None:
    snapshot = parse.volume_snapshot(raw(resource.SNAPSHOT, meta={"labels": {mark: "photos"}}))
    assert snapshot
    assert snapshot.in_use


@pytest.mark.parametrize(
    ("conditions", "phase"),
    [
        ([], Phase.RUNNING),
        ([{"type": "SuccessCriteriaMet", "status": "True"}], Phase.RUNNING),
        ([{"type": "FailureTarget", "status": "True"}], Phase.RUNNING),
        ([{"type": "Complete", "status": "True"}], Phase.SUCCEEDED),
        ([{"type": "Failed", "status": "True"}], Phase.FAILED),
        ([{"type": "Failed", "status": "False"}], Phase.RUNNING),
    ],
)
def test_a_job_ends_with_its_own_condition(conditions: list[dict[str, str]], phase: Phase) -> None:
    mover_job = parse.job(job(conditions), {})
    assert mover_job
    assert mover_job.phase is phase


def test_the_result_is_that_of_the_jobs_own_pod() -> None:
    done = job([{"type": "Complete", "status": "True"}])
    ended = {"terminated": {"exitCode": 0, "message": encode(PROVEN)}}
    mine, foreign = (
        parse.job(done, parse.pod_of(done, [pod(ended, uid)])) for uid in ("u", "other")
    )
    assert mine
    assert foreign
    assert (mine.result, mine.started) == (PROVEN, True)
    assert (foreign.result, foreign.started) == (None, False)


@pytest.mark.parametrize(
    ("state", "status", "text"),
    [
        ({"waiting": {"reason": "ContainerCreating"}}, {}, "ContainerCreating"),
        ({"waiting": {"reason": "X", "message": "no image"}}, {}, "no image"),
        ({"terminated": {"exitCode": 137, "reason": "OOMKilled"}}, {}, "OOMKilled"),
        (
            {},
            {"conditions": [{"type": "PodScheduled", "status": "False", "message": "no node"}]},
            "no node",
        ),
        ({"running": {}}, {}, ""),
    ],
)
def test_a_pod_says_why_it_waits_or_failed(
    state: dict[str, Any], status: dict[str, Any], text: str
) -> None:
    mover_job = parse.job(job([]), pod(state, **status))
    assert mover_job
    assert text in mover_job.reason


def test_a_deadline_is_told_by_the_job() -> None:
    late = {"type": "Failed", "status": "True", "message": "active longer than its deadline"}
    mover_job = parse.job(job([late]), {})
    assert mover_job
    assert mover_job.reason == late["message"]


def test_a_secret_of_another_making_is_no_problem() -> None:
    assert parse.secret_problem(None) == ""


@pytest.mark.parametrize(
    ("conditions", "text"),
    [
        ([], "not ready yet"),
        ([{"type": "Ready", "status": "False", "message": "no such item"}], "no such item"),
        ([{"type": "Ready", "status": "True"}], ""),
    ],
)
def test_an_external_secret_says_what_is_wrong(conditions: list[dict[str, str]], text: str) -> None:
    problem = parse.secret_problem(raw("ExternalSecret", status={"conditions": conditions}))
    assert text in problem
    assert bool(problem) is bool(text)


def test_a_secret_that_was_filled_once_serves_while_the_store_is_away() -> None:
    away = [{"type": "Ready", "status": "False", "message": "could not get secret data"}]
    status = {"conditions": away, "refreshTime": "2026-03-01T12:00:00Z"}
    assert parse.secret_problem(raw("ExternalSecret", status=status)) == ""


def test_a_pvc_carries_what_it_was_filled_from_and_what_a_person_accepted() -> None:
    made = builders.filled("x", "1" * 32)
    spec = {"resources": {"requests": {"storage": "1Gi"}}} | made["spec"]
    marks = made["metadata"]["annotations"] | {ACCEPT_LOSS: "2" * 32}
    pvc = parse.pvc(raw(resource.PVC, meta={"annotations": marks}, spec=spec))
    assert pvc
    assert (pvc.restored_from, pvc.annotations[ACCEPT_LOSS]) == ("1" * 32, "2" * 32)
