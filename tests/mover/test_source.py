from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from contract.external import Result as Key
from contract.labels import ROLE, SOURCE
from mover import model, source, status
from mover.model import (
    Create,
    Delete,
    Phase,
    SourceView,
    Start,
    Storage,
    Surroundings,
    Wait,
    Write,
)
from mover.result import Result
from mover.settings import ACCEPTED, LIVE
from mover.status import Status
from tests.mover import views
from tests.mover.views import AROUND, CONFIG, NOW, PROVEN, STARTED, message_of, reason_of


def at_work(**changes: Any) -> SourceView:
    owner = views.source(status=views.running())
    values: dict[str, Any] = {"owner": owner, "claim": views.claim(), "around": AROUND}
    values.update(changes)
    return SourceView(**values)


def test_a_new_source_begins_at_once() -> None:
    step = source.plan(SourceView(owner=views.source(), claim=views.claim()), CONFIG, NOW)
    assert isinstance(step, Write)
    assert step.patch["lastSyncStartTime"] == "2026-03-01T12:30:00Z"
    assert reason_of(step.patch) == status.IN_PROGRESS


@pytest.mark.parametrize(
    ("claim", "text"),
    [
        (None, "does not exist"),
        (views.claim(phase="Pending"), "not bound"),
        (views.claim(terminating=True), "does not exist"),
        (views.claim(mode="Block"), "block"),
    ],
)
def test_a_volume_that_is_not_ready_is_not_backed_up(claim: model.Volume | None, text: str) -> None:
    step = source.plan(SourceView(owner=views.source(), claim=claim), CONFIG, NOW)
    assert isinstance(step, Write)
    assert "lastSyncStartTime" not in step.patch
    assert text in message_of(step.patch)


def test_between_slots_it_waits_for_the_next_one() -> None:
    synced = Status(last_sync=NOW - timedelta(minutes=10))
    step = source.plan(SourceView(owner=views.source(status=synced)), CONFIG, NOW)
    assert isinstance(step, Write)
    assert step.patch["nextSyncTime"] == "2026-03-01T13:17:00Z"
    idle = Status(
        last_sync=synced.last_sync,
        next_sync=NOW + timedelta(minutes=47),
        conditions=tuple(step.patch["conditions"]),
    )
    again = source.plan(SourceView(owner=views.source(status=idle)), CONFIG, NOW)
    assert again == Wait(seconds=47 * 60)


def test_a_broken_schedule_is_told_and_a_manual_token_still_works() -> None:
    done = Status(last_sync=NOW)
    owner = views.source(schedule="never", status=done)
    step = source.plan(SourceView(owner=owner, claim=views.claim()), CONFIG, NOW)
    assert isinstance(step, Write)
    assert reason_of(step.patch) == status.ERROR
    asked = replace(owner, manual="now")
    begun = source.plan(SourceView(owner=asked, claim=views.claim()), CONFIG, NOW)
    assert isinstance(begun, Write)
    assert begun.patch["external"][Key.REQUEST] == "now"


def test_a_paused_source_begins_nothing() -> None:
    step = source.plan(SourceView(owner=views.source(paused=True)), CONFIG, NOW)
    assert isinstance(step, Write)
    assert reason_of(step.patch) == status.PAUSED


def test_the_steps_come_in_order() -> None:
    view = at_work()
    owner = view.owner
    first = source.plan(view, CONFIG, NOW)
    assert isinstance(first, Create)
    assert (first.manifest["kind"], first.gated) == ("VolumeSnapshot", True)
    assert first.manifest["spec"]["source"]["persistentVolumeClaimName"] == "photos"
    view = replace(view, snapshot=views.taken(owner, ready=False))
    assert isinstance(source.plan(view, CONFIG, NOW), Write)
    view = replace(view, snapshot=views.taken(owner, size="3Gi"))
    second = source.plan(view, CONFIG, NOW)
    assert isinstance(second, Create)
    assert second.manifest["spec"]["resources"]["requests"]["storage"] == "3Gi"
    view = replace(view, volume=views.volume(owner))
    third = source.plan(view, CONFIG, NOW)
    assert isinstance(third, Start)
    assert third.manifest["metadata"]["labels"][ROLE] == SOURCE


def test_no_job_without_a_pinned_repository() -> None:
    step = source.plan(at_work(around=Surroundings()), CONFIG, NOW)
    assert isinstance(step, Write)
    assert "bootstrap" in message_of(step.patch)


def test_no_job_while_its_secret_is_not_there() -> None:
    around = Surroundings(pin=views.PIN, secret_problem="ExternalSecret x is not ready")
    step = source.plan(at_work(around=around), CONFIG, NOW)
    assert isinstance(step, Write)
    assert "ExternalSecret x" in message_of(step.patch)


def test_another_namespaces_identity_is_refused() -> None:
    parameters = {**views.PARAMETERS, "hostname": "elsewhere"}
    owner = views.source(status=views.running(), parameters=parameters)
    step = source.plan(at_work(owner=owner), CONFIG, NOW)
    assert isinstance(step, Write)
    assert reason_of(step.patch) == status.ERROR


def test_a_proven_job_ends_the_synchronisation() -> None:
    owner = views.source(status=views.running("token"))
    view = at_work(owner=owner, job=views.job(owner, Phase.SUCCEEDED, result=PROVEN))
    step = source.plan(view, CONFIG, NOW)
    assert isinstance(step, Write)
    assert step.patch["lastSyncTime"] == "2026-03-01T12:30:00Z"
    assert step.patch["nextSyncTime"] == "2026-03-01T13:17:00Z"
    assert step.patch["lastManualSync"] == "token"
    assert step.patch["external"][Key.SNAPSHOT] == PROVEN.snapshot
    assert step.patch["lastSyncStartTime"] is None
    assert step.took == (NOW - STARTED).total_seconds()


def test_a_token_set_meanwhile_is_not_credited_to_the_run_before_it() -> None:
    owner = views.source(status=views.running(""), manual="later")
    view = at_work(owner=owner, job=views.job(owner, Phase.SUCCEEDED, result=PROVEN))
    step = source.plan(view, CONFIG, NOW)
    assert isinstance(step, Write)
    assert "lastManualSync" not in step.patch


@pytest.mark.parametrize(
    "result",
    [
        None,
        Result(repository=views.PIN, snapshot="x"),
        replace(PROVEN, repository="b" * 64),
        replace(PROVEN, snapshot=""),
    ],
)
def test_a_job_without_proof_is_no_backup(result: Result | None) -> None:
    owner = views.source(status=views.running())
    view = at_work(owner=owner, job=views.job(owner, Phase.SUCCEEDED, result=result))
    step = source.plan(view, CONFIG, NOW)
    assert isinstance(step, Write)
    assert "lastSyncTime" not in step.patch
    assert step.failed
    assert step.patch["external"][Key.ATTEMPTS] == "1"


def test_after_the_end_everything_temporary_goes() -> None:
    done = views.source(status=views.running())
    view = at_work(job=views.job(done), volume=views.volume(done), snapshot=views.taken(done))
    view = replace(view, owner=views.source(status=Status(last_sync=NOW)))
    kinds = []
    for gone in ("job", "volume", "snapshot"):
        step = source.plan(view, CONFIG, NOW)
        assert isinstance(step, Delete)
        kinds.append(step.kind)
        cleared: dict[str, Any] = {gone: None}
        view = replace(view, **cleared)
    assert kinds == [model.JOB, model.PVC, model.SNAPSHOT]


def test_a_sync_that_ends_after_the_slot_that_followed_counts_as_missed() -> None:
    late = views.running(last_sync=NOW - timedelta(hours=3))
    owner = views.source(status=late)
    view = at_work(owner=owner, job=views.job(owner, Phase.SUCCEEDED, result=PROVEN))
    step = source.plan(view, CONFIG, NOW)
    assert isinstance(step, Write)
    assert step.missed


def test_a_restored_volume_is_first_backed_up_once_a_pod_has_started_with_it() -> None:
    restored = views.claim(restored_from=views.WANTED)
    waiting = SourceView(owner=views.source(), claim=restored)
    step = source.plan(waiting, CONFIG, NOW)
    assert isinstance(step, Write)
    assert "lastSyncStartTime" not in step.patch
    assert message_of(step.patch).startswith("Waits until a pod has started with PVC photos")
    assert source.waits_for_use(waiting)
    used = replace(waiting, used=True)
    begun = source.plan(used, CONFIG, NOW)
    assert isinstance(begun, Write)
    assert "lastSyncStartTime" in begun.patch


def test_a_volume_that_was_backed_up_since_its_restore_waits_for_nothing() -> None:
    synced = Status(last_sync=NOW - timedelta(hours=2))
    restored = views.claim(restored_from=views.WANTED)
    view = SourceView(owner=views.source(status=synced), claim=restored)
    assert not source.waits_for_use(view)
    assert "lastSyncStartTime" in source.plan(view, CONFIG, NOW).patch  # ty: ignore[unresolved-attribute]


def test_the_snapshot_is_of_the_class_that_fits_the_volume() -> None:
    around = replace(AROUND, storage=Storage(snapshot_class="mine"))
    step = source.plan(at_work(around=around), CONFIG, NOW)
    assert isinstance(step, Create)
    assert step.manifest["spec"]["volumeSnapshotClassName"] == "mine"


def test_without_snapshots_the_pvc_itself_is_read_where_it_is_in_use() -> None:
    around = replace(AROUND, storage=Storage(has_snapshots=False))
    step = source.plan(at_work(around=around, node="n1"), CONFIG, NOW)
    assert isinstance(step, Start)
    assert step.gated
    pod = step.manifest["spec"]["template"]["spec"]
    assert pod["volumes"][0]["persistentVolumeClaim"]["claimName"] == "photos"
    told = {pair["name"]: pair["value"] for pair in pod["containers"][0]["env"]}
    assert told[LIVE] == "true"
    assert "n1" in str(pod["affinity"])
    elsewhere = source.plan(at_work(around=around), CONFIG, NOW)
    assert isinstance(elsewhere, Start)
    assert "affinity" not in elsewhere.manifest["spec"]["template"]["spec"]


def test_a_pvc_without_snapshots_is_not_read_while_it_is_not_bound() -> None:
    around = replace(AROUND, storage=Storage(has_snapshots=False))
    step = source.plan(at_work(around=around, claim=views.claim(phase="Pending")), CONFIG, NOW)
    assert isinstance(step, Write)


def test_the_job_is_told_what_a_person_has_accepted() -> None:
    taken = views.taken(views.source(status=views.running()))
    view = at_work(claim=views.claim(accepted="5" * 32), snapshot=taken)
    view = replace(view, volume=views.volume(view.owner))
    step = source.plan(view, CONFIG, NOW)
    assert isinstance(step, Start)
    told = {
        pair["name"]: pair["value"]
        for pair in step.manifest["spec"]["template"]["spec"]["containers"][0]["env"]
    }
    assert (told[ACCEPTED], told[LIVE]) == ("5" * 32, "false")


def test_a_great_loss_is_told_in_condition_event_and_status_until_it_is_accepted() -> None:
    owner = views.source(status=views.running())
    held = replace(PROVEN, held_by="2" * 32, note="most files are gone")
    job = views.job(owner, Phase.SUCCEEDED, result=held)
    step = source.plan(at_work(job=job), CONFIG, NOW)
    assert isinstance(step, Write)
    shown = {c["type"]: c for c in step.patch["conditions"]}
    assert shown[status.RETENTION_HELD]["status"] == "True"
    assert shown[status.RETENTION_HELD]["message"] == held.note
    assert shown[status.SYNCHRONIZING]["status"] == "False"
    assert step.patch["external"][Key.HELD_BY] == "2" * 32
    told = [event for event in step.events if event.warning]
    assert [(event.reason, event.on_claim) for event in told] == [("RetentionHeld", True)]

    status_then = replace(
        views.running(),
        external={Key.HELD_BY: "2" * 32},
        conditions=tuple(step.patch["conditions"]),
    )
    owner = views.source(status=status_then)
    done = views.job(owner, Phase.SUCCEEDED, result=PROVEN)
    step = source.plan(at_work(owner=owner, job=done), CONFIG, NOW)
    assert isinstance(step, Write)
    shown = {c["type"]: c for c in step.patch["conditions"]}
    assert shown[status.RETENTION_HELD]["status"] == "False"
    assert step.patch["external"][Key.HELD_BY] is None
    assert not any(event.warning for event in step.events)


def test_files_that_could_not_be_read_are_told_loudly_where_they_do_not_fail_the_backup() -> None:
    owner = views.source(status=views.running())
    partial = replace(PROVEN, errors=2, note="2 files cannot be read")
    job = views.job(owner, Phase.SUCCEEDED, result=partial)
    step = source.plan(at_work(job=job), CONFIG, NOW)
    assert isinstance(step, Write)
    assert [event.reason for event in step.events if event.warning] == ["FilesUnreadable"]


def test_a_mover_that_hangs_on_a_node_counts_as_trouble_of_the_repository() -> None:
    owner = views.source(status=views.running())
    late = NOW + timedelta(seconds=CONFIG.start_deadline)
    for placed in (True, False):
        job = views.job(owner, started=False, placed=placed)
        step = source.plan(at_work(job=job), CONFIG, late)
        assert isinstance(step, Write)
        assert (step.patch["external"][Key.REPOSITORY_FAILED] is not None) == placed
