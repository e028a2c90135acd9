"""When a source waits, what it reads without snapshots, and what it tells loudly."""

from dataclasses import replace
from datetime import timedelta

from contract.labels import ACCEPT_LOSS
from contract.scope import MOVERS_NAMESPACE
from contract.times import time_text
from contract.volsync import StatusKey
from fakes import builders
from fakes.builders import APART, CLUSTER, CONFIG, NOW, PROVEN, message_of
from mover import status
from mover.job import task
from mover.job.task import Backup
from mover.model import (
    Create,
    Phase,
    SourceView,
    Start,
    Storage,
    Write,
)
from mover.plan import attempt, source
from mover.status import Status


def ordered(step: Start) -> Backup:
    (container,) = step.manifest["spec"]["template"]["spec"]["containers"]
    order = task.read({item["name"]: item["value"] for item in container["env"]})
    assert order.backup
    return order.backup


def test_a_restored_volume_is_first_backed_up_once_a_pod_has_started_with_it() -> None:
    restored = builders.pvc(restored_from=builders.WANTED)
    waiting = SourceView(owner=builders.source(), pvc=restored)
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
    restored = builders.pvc(restored_from=builders.WANTED)
    view = SourceView(owner=builders.source(status=synced), pvc=restored)
    assert not source.waits_for_use(view)
    step = source.plan(view, CONFIG, NOW)
    assert isinstance(step, Write)
    assert "lastSyncStartTime" in step.patch


def test_the_snapshot_is_of_the_class_that_fits_the_volume() -> None:
    cluster = replace(CLUSTER, storage=Storage(snapshot_class="mine"))
    step = source.plan(builders.source_at_work(cluster=cluster), CONFIG, NOW)
    assert isinstance(step, Create)
    assert step.manifest["spec"]["volumeSnapshotClassName"] == "mine"


def test_the_job_waits_until_its_copy_is_bound_where_that_needs_no_pod() -> None:
    cluster = replace(CLUSTER, storage=Storage(binds_at_once=True))
    owner = builders.source(status=builders.running())
    unbound = builders.temporary_pvc(owner, phase="Pending", created=NOW)
    view = builders.source_at_work(
        cluster=cluster, snapshot=builders.taken(owner), temporary_pvc=unbound
    )
    step = source.plan(view, CONFIG, NOW)
    assert isinstance(step, Write)
    assert "not bound yet" in message_of(step.patch)
    assert isinstance(source.plan(replace(view, cluster=CLUSTER), CONFIG, NOW), Start)
    bound = replace(view, temporary_pvc=builders.temporary_pvc(owner))
    assert isinstance(source.plan(bound, CONFIG, NOW), Start)
    late = NOW + timedelta(seconds=CONFIG.start_deadline + 1)
    given_up = source.plan(view, CONFIG, late)
    assert isinstance(given_up, Write)
    assert given_up.failed


def test_without_snapshots_the_pvc_itself_is_read_where_it_is_in_use() -> None:
    cluster = replace(CLUSTER, storage=Storage(has_snapshots=False))
    step = source.plan(builders.source_at_work(cluster=cluster, node="n1"), CONFIG, NOW)
    assert isinstance(step, Start)
    assert step.needs_place
    pod = step.manifest["spec"]["template"]["spec"]
    assert pod["volumes"][0]["persistentVolumeClaim"]["claimName"] == "photos"
    assert ordered(step).is_live
    assert "n1" in str(pod["affinity"])
    elsewhere = source.plan(builders.source_at_work(cluster=cluster), CONFIG, NOW)
    assert isinstance(elsewhere, Start)
    assert "affinity" not in elsewhere.manifest["spec"]["template"]["spec"]


def test_a_volume_that_cannot_come_to_the_movers_waits_with_the_setting_that_sends_them_to_it() -> (
    None
):
    cluster = replace(CLUSTER, storage=Storage(has_snapshots=False))
    view = builders.source_at_work(cluster=cluster, pvc=builders.pvc())
    owner = replace(view.owner, workplace=MOVERS_NAMESPACE)
    step = source.plan(replace(view, owner=owner), APART, NOW)
    assert isinstance(step, Write)
    assert "name namespace media in mover.inNamespaces" in message_of(step.patch)


def test_a_pvc_without_snapshots_is_not_read_while_it_is_not_bound() -> None:
    cluster = replace(CLUSTER, storage=Storage(has_snapshots=False))
    step = source.plan(
        builders.source_at_work(cluster=cluster, pvc=builders.pvc(phase="Pending")), CONFIG, NOW
    )
    assert isinstance(step, Write)


def test_the_job_is_told_what_a_person_has_accepted() -> None:
    taken = builders.taken(builders.source(status=builders.running()))
    view = builders.source_at_work(
        pvc=builders.pvc(annotations={ACCEPT_LOSS: "5" * 32}), snapshot=taken
    )
    view = replace(view, temporary_pvc=builders.temporary_pvc(view.owner))
    step = source.plan(view, CONFIG, NOW)
    assert isinstance(step, Start)
    assert (ordered(step).accepted_loss, ordered(step).is_live) == ("5" * 32, False)


def test_the_job_is_told_of_which_pvc_it_is_and_where_that_came_from() -> None:
    view = builders.source_at_work(pvc=builders.pvc(uid="uid-2", restored_from=builders.WANTED))
    view = replace(view, snapshot=builders.taken(view.owner))
    view = replace(view, temporary_pvc=builders.temporary_pvc(view.owner))
    for seen, expected in ((view, ("uid-2", builders.WANTED)), (replace(view, pvc=None), ("", ""))):
        step = source.plan(seen, CONFIG, NOW)
        assert isinstance(step, Start)
        assert (ordered(step).pvc_uid, ordered(step).restored_from) == expected


def test_a_great_loss_is_told_in_condition_event_and_status_until_it_is_accepted() -> None:
    owner = builders.source(status=builders.running())
    held = replace(PROVEN, held_by="2" * 32, note="most files are gone")
    job = builders.job(owner, Phase.SUCCEEDED, result=held)
    step = source.plan(builders.source_at_work(job=job), CONFIG, NOW)
    assert isinstance(step, Write)
    shown = {c["type"]: c for c in step.patch["conditions"]}
    assert shown[status.RETENTION_HELD]["status"] == "True"
    assert shown[status.RETENTION_HELD]["message"] == held.note
    assert shown[status.SYNCHRONIZING]["status"] == "False"
    assert step.patch["external"][StatusKey.HELD_BY] == "2" * 32
    warnings = [event for event in step.events if event.warning]
    assert [(event.reason, event.on_claim) for event in warnings] == [("RetentionHeld", True)]

    status_then = replace(
        builders.running(),
        external={StatusKey.HELD_BY: "2" * 32},
        conditions=tuple(step.patch["conditions"]),
    )
    owner = builders.source(status=status_then)
    done = builders.job(owner, Phase.SUCCEEDED, result=PROVEN)
    step = source.plan(builders.source_at_work(owner=owner, job=done), CONFIG, NOW)
    assert isinstance(step, Write)
    shown = {c["type"]: c for c in step.patch["conditions"]}
    assert shown[status.RETENTION_HELD]["status"] == "False"
    assert step.patch["external"][StatusKey.HELD_BY] is None
    assert not any(event.warning for event in step.events)


def test_files_that_could_not_be_read_are_told_loudly_where_they_do_not_fail_the_backup() -> None:
    owner = builders.source(status=builders.running())
    partial = replace(PROVEN, errors=2, note="2 files cannot be read")
    job = builders.job(owner, Phase.SUCCEEDED, result=partial)
    step = source.plan(builders.source_at_work(job=job), CONFIG, NOW)
    assert isinstance(step, Write)
    assert [event.reason for event in step.events if event.warning] == ["FilesUnreadable"]


def test_only_a_repository_that_does_not_mount_is_blamed_and_since_the_jobs_start() -> None:
    """Whoever has succeeded since then proves the contrary."""
    owner = builders.source(status=builders.running())
    late = NOW + timedelta(seconds=CONFIG.start_deadline)
    for is_blamed in (True, False):
        job = builders.job(owner, started=False, lacks_repository=is_blamed)
        step = source.plan(builders.source_at_work(job=job), CONFIG, late)
        assert isinstance(step, Write)
        since = time_text(job.created) if is_blamed else None
        assert step.patch["external"][StatusKey.REPOSITORY_FAILED] == since


def test_a_mover_that_kubelet_refuses_gives_its_place_back_soon() -> None:
    owner = builders.source(status=builders.running())
    for is_refused in (True, False):
        job = builders.job(owner, started=False, is_refused=is_refused, reason="no image")
        now = job.created + timedelta(seconds=attempt.REFUSED + 1)
        step = source.plan(builders.source_at_work(job=job), CONFIG, now)
        assert isinstance(step, Write)
        assert step.failed == is_refused
        assert "no image" in builders.message_of(step.patch)


def test_a_snapshot_that_fails_for_long_gives_its_place_back_and_a_slow_one_keeps_it() -> None:
    owner = builders.source(status=builders.running())
    late = NOW + timedelta(seconds=CONFIG.start_deadline)
    for error, ends in (("driver is broken", True), ("", False)):
        taken = builders.taken(owner, ready=False, error=error)
        step = source.plan(builders.source_at_work(snapshot=taken), CONFIG, late)
        assert isinstance(step, Write)
        assert step.failed == ends
    early = builders.taken(owner, ready=False, error="driver is broken")
    step = source.plan(builders.source_at_work(snapshot=early), CONFIG, NOW)
    assert isinstance(step, Write)
    assert not step.failed
