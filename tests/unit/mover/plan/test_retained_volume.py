from dataclasses import replace
from typing import Any

import pytest

from contract.volsync import SpecKey, StatusKey
from fakes import builders
from fakes.builders import CLUSTER, CONFIG, NOW, SPACE, WANTED, message_of
from kube import resource
from mover import model, status
from mover.model import Delete, DestinationView, Wait, Write
from mover.plan import destination, retained_volume
from mover.status import Status

WAITING = builders.pvc(phase="Pending")
OTHER = "2" * 32


def restored(**changes: Any) -> DestinationView:
    """A destination that has restored what its PVC asks for, with its volume still there."""
    made = builders.destination(status=builders.running())
    image = builders.image(made)
    external = {StatusKey.PINNED: WANTED, StatusKey.SNAPSHOT: WANTED}
    owner = replace(made, status=Status(external=external, image=image.name))
    volume = replace(builders.temporary_pvc(made), sync=image.sync)
    values: dict[str, Any] = {"owner": owner, "temporary_pvc": volume, "images": (image,)}
    return DestinationView(**(values | changes))


def by_hand(view: DestinationView, trigger: str = "now") -> DestinationView:
    """After a restore by hand with the trigger `now`."""
    status = replace(view.owner.status, last_manual="now")
    return replace(view, owner=replace(view.owner, manual=trigger, status=status))


def plan(view: DestinationView) -> model.Step:
    return destination.plan(view, CONFIG, NOW)


def goes(view: DestinationView) -> bool:
    step = plan(view)
    return isinstance(step, Delete) and step.kind == resource.PVC


def shown(view: DestinationView) -> DestinationView:
    """After the plan has written its condition."""
    step = plan(view)
    assert isinstance(step, Write)
    status = replace(view.owner.status, conditions=tuple(step.patch["conditions"]))
    return replace(view, owner=replace(view.owner, status=status))


@pytest.mark.parametrize(
    "view",
    [
        restored(pvc=WAITING),
        restored(pvc=builders.pvc(phase="Lost")),
        restored(pvc=builders.pvc()),
        restored(pvc=builders.pvc(), used=True, populating=True),
        by_hand(restored(pvc=builders.pvc(), used=True)),
        by_hand(restored()),
    ],
    ids=["waits", "lost", "bound, never started", "being filled", "by hand", "by hand, no PVC"],
)
def test_a_volume_is_kept_while_its_image_may_be_read(view: DestinationView) -> None:
    step = plan(view)
    assert isinstance(step, Write)
    assert "kept" in message_of(step.patch)
    assert "latestImage" not in step.patch


@pytest.mark.parametrize(
    "view",
    [
        restored(),
        restored(pvc=builders.pvc(), used=True),
        restored(pvc=replace(WAITING, terminating=True), populating=True),
        restored(pvc=WAITING, images=()),
        by_hand(restored(pvc=builders.pvc(), used=True), trigger=""),
    ],
    ids=["no PVC", "in use", "PVC goes", "image lost", "trigger removed"],
)
def test_a_volume_goes_when_nobody_needs_its_image(view: DestinationView) -> None:
    assert goes(view)


def test_the_job_goes_at_once() -> None:
    view = restored(pvc=WAITING)
    job = replace(builders.job(view.owner, model.Phase.SUCCEEDED), sync="earlier")
    assert plan(replace(view, job=job)) == Delete(
        kind=resource.JOB, namespace=SPACE, name=job.name, uid=job.uid
    )


def test_a_waiting_pvc_is_looked_at_again_and_a_hand_restore_is_not() -> None:
    assert plan(shown(restored(pvc=WAITING))) == Wait(seconds=30)
    assert plan(shown(by_hand(restored(pvc=builders.pvc(), used=True)))) == Wait()


def test_after_a_hand_restore_the_image_is_not_the_pvcs_own() -> None:
    view = restored(pvc=builders.pvc())
    external = {StatusKey.PINNED: WANTED, StatusKey.SNAPSHOT: OTHER}
    status = replace(view.owner.status, external=external)
    assert goes(replace(view, owner=replace(view.owner, status=status)))


def test_an_image_that_is_not_published_keeps_nothing() -> None:
    view = restored(pvc=WAITING)
    view = replace(
        view, owner=replace(view.owner, status=Status(external={StatusKey.PINNED: WANTED}))
    )
    first = plan(view)
    assert isinstance(first, Delete)
    assert first.kind == resource.SNAPSHOT
    in_use = tuple(replace(image, in_use=True) for image in view.images)
    assert goes(replace(view, images=in_use))
    assert not goes(replace(view, images=in_use, populating=True))


def test_another_restore_by_hand_waits_until_the_pvc_is_filled() -> None:
    for pvc in (WAITING, builders.pvc()):
        step = plan(by_hand(restored(pvc=pvc), trigger="again"))
        assert isinstance(step, Write)
        assert "next restore waits" in message_of(step.patch)
        assert "lastSyncStartTime" not in step.patch


def test_another_restore_by_hand_begins_once_the_pvc_is_in_use() -> None:
    step = plan(by_hand(restored(pvc=builders.pvc(), used=True), trigger="again"))
    assert isinstance(step, Write)
    assert step.patch["lastSyncStartTime"]
    assert "latestImage" not in step.patch


def test_another_recorded_snapshot_takes_the_old_image_back_first() -> None:
    view = restored(pvc=WAITING)
    parameters = {**view.owner.parameters, SpecKey.SNAPSHOT: OTHER}
    view = replace(view, owner=replace(view.owner, parameters=parameters))
    step = plan(view)
    assert isinstance(step, Write)
    assert step.patch["lastSyncStartTime"]
    assert step.patch["latestImage"] is None
    assert step.patch["external"][StatusKey.PINNED] is None
    for late in (replace(view, populating=True), replace(view, pvc=builders.pvc())):
        waits = plan(late)
        assert isinstance(waits, Write)
        assert "next restore waits" in message_of(waits.patch)


def test_the_next_restore_clears_the_volume_only_when_nobody_copies_it() -> None:
    view = restored(pvc=WAITING, cluster=CLUSTER)
    begun = Status(
        started=NOW, external={StatusKey.REQUEST: destination.Request(snapshot=WANTED).key}
    )
    view = replace(view, owner=replace(view.owner, status=begun), images=())
    old = tuple(replace(image, in_use=True) for image in restored().images)
    assert goes(view)
    assert goes(replace(view, images=old))
    held = plan(replace(view, images=old, populating=True))
    assert isinstance(held, Write)
    assert "filled" in message_of(held.patch)


def test_a_volume_of_the_running_attempt_is_not_kept_but_used() -> None:
    owner = builders.destination(status=builders.running("x"))
    view = DestinationView(
        owner=owner,
        temporary_pvc=builders.temporary_pvc(owner),
        images=(builders.image(owner),),
        pvc=WAITING,
    )
    assert retained_volume.reason(view) == ""


def test_a_paused_destination_keeps_its_volume() -> None:
    view = by_hand(restored(pvc=builders.pvc(), used=True), trigger="again")
    step = plan(replace(view, owner=replace(view.owner, paused=True)))
    assert isinstance(step, Write)
    assert step.patch["conditions"][0]["reason"] == status.PAUSED
