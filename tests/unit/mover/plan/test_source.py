from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from contract.labels import ROLE, SOURCE
from contract.volsync import StatusKey
from fakes import builders
from fakes.builders import CONFIG, NOW, PROVEN, STARTED, message_of, reason_of
from kube import resource
from mover import model, status
from mover.model import (
    ClusterState,
    Create,
    Delete,
    Phase,
    SourceView,
    Start,
    Wait,
    Write,
)
from mover.plan import source
from mover.result import Result
from mover.status import Status


def test_a_new_source_begins_at_once() -> None:
    step = source.plan(SourceView(owner=builders.source(), pvc=builders.pvc()), CONFIG, NOW)
    assert isinstance(step, Write)
    assert step.patch["lastSyncStartTime"] == "2026-03-01T12:30:00Z"
    assert reason_of(step.patch) == status.IN_PROGRESS


@pytest.mark.parametrize(
    ("pvc", "text"),
    [
        (None, "does not exist"),
        (builders.pvc(phase="Pending"), "not bound"),
        (builders.pvc(terminating=True), "does not exist"),
        (builders.pvc(mode="Block"), "block"),
    ],
)
def test_a_volume_that_is_not_ready_is_not_backed_up(pvc: model.Pvc | None, text: str) -> None:
    step = source.plan(SourceView(owner=builders.source(), pvc=pvc), CONFIG, NOW)
    assert isinstance(step, Write)
    assert "lastSyncStartTime" not in step.patch
    assert text in message_of(step.patch)


def test_between_slots_it_waits_for_the_next_one() -> None:
    synced = Status(last_sync=NOW - timedelta(minutes=10))
    step = source.plan(SourceView(owner=builders.source(status=synced)), CONFIG, NOW)
    assert isinstance(step, Write)
    assert step.patch["nextSyncTime"] == "2026-03-01T13:17:00Z"
    idle = Status(
        last_sync=synced.last_sync,
        next_sync=NOW + timedelta(minutes=47),
        conditions=tuple(step.patch["conditions"]),
    )
    again = source.plan(SourceView(owner=builders.source(status=idle)), CONFIG, NOW)
    assert again == Wait(seconds=47 * 60)


def test_a_broken_schedule_is_told_and_a_manual_token_still_works() -> None:
    done = Status(last_sync=NOW)
    owner = builders.source(schedule="never", status=done)
    step = source.plan(SourceView(owner=owner, pvc=builders.pvc()), CONFIG, NOW)
    assert isinstance(step, Write)
    assert reason_of(step.patch) == status.ERROR
    asked = replace(owner, manual="now")
    begun = source.plan(SourceView(owner=asked, pvc=builders.pvc()), CONFIG, NOW)
    assert isinstance(begun, Write)
    assert begun.patch["external"][StatusKey.REQUEST] == "now"


def test_a_paused_source_begins_nothing() -> None:
    step = source.plan(SourceView(owner=builders.source(paused=True)), CONFIG, NOW)
    assert isinstance(step, Write)
    assert reason_of(step.patch) == status.PAUSED


def test_the_steps_come_in_order() -> None:
    view = builders.source_at_work()
    owner = view.owner
    first = source.plan(view, CONFIG, NOW)
    assert isinstance(first, Create)
    assert (first.manifest["kind"], first.needs_place) == ("VolumeSnapshot", True)
    assert first.manifest["spec"]["source"]["persistentVolumeClaimName"] == "photos"
    view = replace(view, snapshot=builders.taken(owner, ready=False))
    assert isinstance(source.plan(view, CONFIG, NOW), Write)
    view = replace(view, snapshot=builders.taken(owner, size="3Gi"))
    second = source.plan(view, CONFIG, NOW)
    assert isinstance(second, Create)
    assert second.manifest["spec"]["resources"]["requests"]["storage"] == "3Gi"
    view = replace(view, temporary_pvc=builders.temporary_pvc(owner))
    third = source.plan(view, CONFIG, NOW)
    assert isinstance(third, Start)
    assert third.manifest["metadata"]["labels"][ROLE] == SOURCE


def test_no_job_without_a_pinned_repository() -> None:
    step = source.plan(builders.source_at_work(cluster=ClusterState()), CONFIG, NOW)
    assert isinstance(step, Write)
    assert "bootstrap" in message_of(step.patch)


def test_no_job_while_its_secret_is_not_there() -> None:
    cluster = ClusterState(pin=builders.PIN, secret_problem="ExternalSecret x is not ready")
    step = source.plan(builders.source_at_work(cluster=cluster), CONFIG, NOW)
    assert isinstance(step, Write)
    assert "ExternalSecret x" in message_of(step.patch)


def test_another_namespaces_identity_is_refused() -> None:
    parameters = {**builders.PARAMETERS, "hostname": "elsewhere"}
    owner = builders.source(status=builders.running(), parameters=parameters)
    step = source.plan(builders.source_at_work(owner=owner), CONFIG, NOW)
    assert isinstance(step, Write)
    assert reason_of(step.patch) == status.ERROR


def test_a_proven_job_ends_the_synchronisation() -> None:
    owner = builders.source(status=builders.running("token"))
    job = builders.job(owner, Phase.SUCCEEDED, result=PROVEN)
    view = builders.source_at_work(owner=owner, job=job)
    step = source.plan(view, CONFIG, NOW)
    assert isinstance(step, Write)
    assert step.patch["lastSyncTime"] == "2026-03-01T12:30:00Z"
    assert step.patch["nextSyncTime"] == "2026-03-01T13:17:00Z"
    assert step.patch["lastManualSync"] == "token"
    assert step.patch["external"][StatusKey.SNAPSHOT] == PROVEN.snapshot
    assert step.patch["lastSyncStartTime"] is None
    assert step.took == (NOW - STARTED).total_seconds()


def test_a_token_set_meanwhile_is_not_credited_to_the_run_before_it() -> None:
    owner = builders.source(status=builders.running(""), manual="later")
    job = builders.job(owner, Phase.SUCCEEDED, result=PROVEN)
    view = builders.source_at_work(owner=owner, job=job)
    step = source.plan(view, CONFIG, NOW)
    assert isinstance(step, Write)
    assert "lastManualSync" not in step.patch


@pytest.mark.parametrize(
    "result",
    [
        None,
        Result(repository=builders.PIN, snapshot="x"),
        replace(PROVEN, repository="b" * 64),
        replace(PROVEN, snapshot=""),
    ],
)
def test_a_job_without_proof_is_no_backup(result: Result | None) -> None:
    owner = builders.source(status=builders.running())
    job = builders.job(owner, Phase.SUCCEEDED, result=result)
    view = builders.source_at_work(owner=owner, job=job)
    step = source.plan(view, CONFIG, NOW)
    assert isinstance(step, Write)
    assert "lastSyncTime" not in step.patch
    assert step.failed
    assert step.patch["external"][StatusKey.ATTEMPTS] == "1"


def test_after_the_end_everything_temporary_goes() -> None:
    done = builders.source(status=builders.running())
    view = builders.source_at_work(
        job=builders.job(done),
        temporary_pvc=builders.temporary_pvc(done),
        snapshot=builders.taken(done),
    )
    view = replace(view, owner=builders.source(status=Status(last_sync=NOW)))
    kinds = []
    for gone in ("job", "temporary_pvc", "snapshot"):
        step = source.plan(view, CONFIG, NOW)
        assert isinstance(step, Delete)
        kinds.append(step.kind)
        cleared: dict[str, Any] = {gone: None}
        view = replace(view, **cleared)
    assert kinds == [resource.JOB, resource.PVC, resource.SNAPSHOT]


def test_a_sync_that_ends_after_the_slot_that_followed_counts_as_missed() -> None:
    late = builders.running(last_sync=NOW - timedelta(hours=3))
    owner = builders.source(status=late)
    job = builders.job(owner, Phase.SUCCEEDED, result=PROVEN)
    view = builders.source_at_work(owner=owner, job=job)
    step = source.plan(view, CONFIG, NOW)
    assert isinstance(step, Write)
    assert step.missed
