from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from contract.times import time_text
from contract.volsync import SpecKey, StatusKey
from fakes import builders
from fakes.builders import CLUSTER, CONFIG, NOW, PROVEN, SPACE, WANTED, message_of, reason_of
from kube import resource
from mover import model, names, status
from mover.job import task
from mover.model import Create, Delete, DestinationView, Phase, Start, Step, Storage, Wait, Write
from mover.plan import destination
from mover.plan.destination import Request, wanted
from mover.result import Result
from mover.status import Status

PINNED = Request(snapshot=WANTED).key


def at_work(**changes: Any) -> DestinationView:
    owner = builders.destination(status=builders.running(PINNED))
    values: dict[str, Any] = {"owner": owner, "cluster": CLUSTER}
    values.update(changes)
    return DestinationView(**values)


def plan(view: DestinationView) -> Step:
    return destination.plan(view, CONFIG, NOW)


def test_the_recorded_snapshot_goes_before_a_manual_token() -> None:
    both = builders.destination(manual="now")
    assert wanted(both) == Request(snapshot=WANTED)
    restored = Status(external={StatusKey.PINNED: WANTED})
    assert wanted(replace(both, status=restored)) == Request(token="now")


def test_nothing_is_wanted_where_nothing_waits() -> None:
    assert wanted(builders.destination(snapshot="")) is None
    served = Status(external={StatusKey.PINNED: WANTED}, last_manual="now")
    assert wanted(builders.destination(manual="now", status=served)) is None


def test_a_manual_restore_of_the_newest_does_not_bring_the_recorded_one_back() -> None:
    after = Status(
        external={StatusKey.PINNED: WANTED, StatusKey.SNAPSHOT: "2" * 32}, last_manual="now"
    )
    assert wanted(builders.destination(manual="now", status=after)) is None


def test_an_idle_destination_writes_that_once_and_rests() -> None:
    owner = builders.destination(snapshot="")
    first = plan(DestinationView(owner=owner))
    assert isinstance(first, Write)
    idle = Status(conditions=tuple(first.patch["conditions"]))
    assert plan(DestinationView(owner=replace(owner, status=idle))) == Wait()


def test_the_job_waits_until_its_volume_is_bound_where_that_needs_no_pod() -> None:
    cluster = replace(CLUSTER, storage=Storage(binds_at_once=True))
    view = at_work(cluster=cluster)
    unbound = builders.temporary_pvc(view.owner, phase="Pending", created=NOW)
    step = plan(replace(view, temporary_pvc=unbound))
    assert isinstance(step, Write)
    assert "not bound yet" in message_of(step.patch)
    assert isinstance(plan(replace(view, temporary_pvc=unbound, cluster=CLUSTER)), Start)
    assert isinstance(plan(replace(view, temporary_pvc=builders.temporary_pvc(view.owner))), Start)


def test_the_steps_come_in_order() -> None:
    begun = plan(DestinationView(owner=builders.destination()))
    assert isinstance(begun, Write)
    assert begun.patch["external"][StatusKey.REQUEST] == PINNED
    view = at_work()
    first = plan(view)
    assert isinstance(first, Create)
    assert first.needs_place
    assert first.manifest["spec"]["storageClassName"] == "fast"
    view = replace(view, temporary_pvc=builders.temporary_pvc(view.owner))
    second = plan(view)
    assert isinstance(second, Start)
    environment = second.manifest["spec"]["template"]["spec"]["containers"][0]["env"]
    order = task.read({pair["name"]: pair["value"] for pair in environment})
    assert (order.snapshot, order.backup) == (WANTED, None)
    view = replace(view, job=builders.job(view.owner, Phase.SUCCEEDED, result=PROVEN))
    third = plan(view)
    assert isinstance(third, Create)
    assert third.manifest["spec"]["source"][
        "persistentVolumeClaimName"
    ] == names.destination_volume(view.owner.name)
    view = replace(view, images=(builders.image(view.owner, ready=False),))
    waits = plan(view)
    assert isinstance(waits, Write)
    assert "latestImage" not in waits.patch
    view = replace(view, images=(builders.image(view.owner),))
    last = plan(view)
    assert isinstance(last, Write)
    assert last.patch["latestImage"]["name"] == builders.image(view.owner).name
    assert last.patch["external"][StatusKey.PINNED] == WANTED
    assert last.patch["external"][StatusKey.SNAPSHOT] == PROVEN.snapshot


@pytest.mark.parametrize(
    "result",
    [
        None,
        Result(reason="mismatch", repository=builders.PIN, snapshot=WANTED),
        replace(PROVEN, repository="b" * 64),
        replace(PROVEN, snapshot="2" * 32),
        replace(PROVEN, snapshot=""),
    ],
)
def test_a_job_without_proof_gives_no_image(result: Result | None) -> None:
    view = at_work()
    done = builders.job(view.owner, Phase.SUCCEEDED, result=result)
    step = plan(replace(view, job=done, temporary_pvc=builders.temporary_pvc(view.owner)))
    assert isinstance(step, Write)
    assert step.failed
    assert "latestImage" not in step.patch


def test_a_failed_job_tells_its_reason_and_rests() -> None:
    view = at_work()
    result = Result(reason="snapshot x is not complete")
    step = plan(replace(view, job=builders.job(view.owner, Phase.FAILED, result=result)))
    assert isinstance(step, Write)
    assert message_of(step.patch) == result.reason
    assert reason_of(step.patch) == status.ERROR
    assert step.events[0].on_claim
    resting = Status(
        started=builders.STARTED,
        external={
            StatusKey.REQUEST: PINNED,
            StatusKey.ATTEMPTS: "1",
            StatusKey.RETRY_AFTER: time_text(NOW + timedelta(seconds=9)),
        },
    )
    assert plan(at_work(owner=builders.destination(status=resting))) == Wait(seconds=9)


def test_a_result_of_another_incarnation_is_removed_not_used() -> None:
    view = at_work()
    old = builders.job(view.owner, Phase.SUCCEEDED, result=PROVEN, owner="former-uid")
    step = plan(replace(view, job=old))
    assert step == Delete(kind=resource.JOB, namespace=SPACE, name=old.name, uid=old.uid)


def test_a_result_of_an_earlier_attempt_is_removed_not_used() -> None:
    owner = builders.destination(status=builders.running(PINNED, attempts=1))
    earlier = builders.job(at_work().owner, Phase.SUCCEEDED, result=PROVEN)
    step = plan(at_work(owner=owner, job=earlier))
    assert isinstance(step, Delete)


def test_an_image_that_lost_its_result_is_never_published() -> None:
    view = at_work()
    step = plan(replace(view, images=(builders.image(view.owner, result=None),)))
    assert isinstance(step, Write)
    assert "latestImage" not in step.patch


def test_an_image_of_another_snapshot_is_never_published() -> None:
    view = at_work()
    other = replace(PROVEN, snapshot="2" * 32)
    step = plan(replace(view, images=(builders.image(view.owner, result=other),)))
    assert isinstance(step, Write)
    assert step.failed
    assert "latestImage" not in step.patch


def test_a_changed_request_abandons_the_running_restore() -> None:
    owner = builders.destination(snapshot="3" * 32, status=builders.running(PINNED))
    step = plan(at_work(owner=owner, images=(builders.image(owner),)))
    assert isinstance(step, Write)
    assert step.patch["lastSyncStartTime"] is None
    assert "latestImage" not in step.patch


def test_the_dest_volume_goes_only_after_the_image_is_in_status() -> None:
    view = at_work()
    whole = replace(
        view,
        temporary_pvc=builders.temporary_pvc(view.owner),
        job=builders.job(view.owner, Phase.SUCCEEDED, result=PROVEN),
        images=(builders.image(view.owner),),
    )
    assert isinstance(plan(whole), Write)
    done = Status(external={StatusKey.PINNED: WANTED}, image=builders.image(view.owner).name)
    after = plan(replace(whole, owner=builders.destination(status=done)))
    assert isinstance(after, Delete)
    assert after.kind == resource.JOB


def test_an_old_image_goes_unless_the_populator_reads_it() -> None:
    owner = builders.destination(snapshot="", status=Status(image="current"))
    current = builders.image(owner, name="current", sync="x")
    old = builders.image(owner, name="old", sync="y")
    step = plan(DestinationView(owner=owner, images=(current, old)))
    assert step == Delete(
        kind=resource.SNAPSHOT, namespace=SPACE, name="old", uid=old.uid, version=old.version
    )
    busy = plan(DestinationView(owner=owner, images=(current, replace(old, in_use=True))))
    assert not isinstance(busy, Delete)


def test_a_foreign_object_under_our_name_is_left_alone_and_told() -> None:
    view = at_work()
    step = plan(replace(view, temporary_pvc=builders.temporary_pvc(view.owner, made_here=False)))
    assert isinstance(step, Write)
    assert "not made by the mover" in message_of(step.patch)


@pytest.mark.parametrize("size", ["", "much", "0", "-1Gi"])
def test_no_volume_without_a_sound_capacity(size: str) -> None:
    owner = builders.destination(status=builders.running(PINNED))
    parameters = {**owner.parameters, SpecKey.CAPACITY: size}
    step = plan(at_work(owner=replace(owner, parameters=parameters)))
    assert isinstance(step, Write)
    assert SpecKey.CAPACITY in message_of(step.patch)


def test_without_the_pin_even_a_finished_job_waits() -> None:
    view = at_work(cluster=model.ClusterState())
    done = builders.job(view.owner, Phase.SUCCEEDED, result=PROVEN)
    step = plan(replace(view, job=done, temporary_pvc=builders.temporary_pvc(view.owner)))
    assert isinstance(step, Write)
    assert not step.failed


def test_a_paused_destination_restores_nothing() -> None:
    step = plan(DestinationView(owner=builders.destination(paused=True)))
    assert isinstance(step, Write)
    assert reason_of(step.patch) == status.PAUSED


def test_without_snapshots_nothing_is_restored_and_the_reason_is_told() -> None:
    cluster = replace(CLUSTER, storage=model.Storage(has_snapshots=False))
    step = plan(at_work(cluster=cluster))
    assert isinstance(step, Write)
    assert "has no VolumeSnapshotClass" in message_of(step.patch)
    assert [event.on_claim for event in step.events] == [True]


def test_the_image_is_of_the_class_that_fits_the_volume() -> None:
    cluster = replace(CLUSTER, storage=model.Storage(snapshot_class="mine"))
    owner = builders.destination(status=builders.running(PINNED))
    job = builders.job(owner, Phase.SUCCEEDED, result=PROVEN)
    step = plan(at_work(cluster=cluster, job=job, temporary_pvc=builders.temporary_pvc(owner)))
    assert isinstance(step, Create)
    assert step.manifest["spec"]["volumeSnapshotClassName"] == "mine"
