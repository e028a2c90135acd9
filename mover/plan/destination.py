"""Plans the next step of a ReplicationDestination: volume, Job, proof, image, status. Pure."""

from dataclasses import dataclass
from datetime import datetime

from contract.environment import MoverSettings
from contract.volsync import SpecKey, StatusKey
from mover import names, status
from mover.job import task
from mover.manifest import job, volume
from mover.model import (
    Create,
    DestinationView,
    Event,
    Job,
    Phase,
    Replication,
    Start,
    Step,
    VolumeSnapshot,
    Wait,
    Write,
)
from mover.plan import attempt, carry, retained_volume
from mover.plan.carry import Target
from mover.result import Result
from mover.status import Condition

DEFAULT_MODES = ("ReadWriteOnce",)
IDLE = Condition(reason=status.MANUAL, message="Waiting for a manual trigger")
PINNED = "snapshot:"
NEWEST = "newest:"
NO_SNAPSHOTS = (
    "The driver of the StorageClass has no VolumeSnapshotClass, and VolSync fills a PVC from a "
    "VolumeSnapshot only: docs/mover.md tells the way back"
)


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is to be restored: the recorded snapshot, or the newest one for a manual token."""

    snapshot: str = ""
    token: str = ""

    @property
    def key(self) -> str:
        """How status remembers it while it runs."""
        return f"{PINNED}{self.snapshot}" if self.snapshot else f"{NEWEST}{self.token}"


def wanted(owner: Replication) -> Request | None:
    """What this object still has to restore; the recorded snapshot goes first."""
    pinned = owner.parameters.get(SpecKey.SNAPSHOT, "")
    if pinned and pinned != owner.status.external.get(StatusKey.PINNED):
        return Request(snapshot=pinned)
    if owner.manual and owner.manual != owner.status.last_manual:
        return Request(token=owner.manual)
    return None


def plan(view: DestinationView, config: MoverSettings, now: datetime) -> Step:
    """The next step."""
    owner = view.owner
    if owner.terminating:
        return Wait()
    request = wanted(owner)
    if owner.status.started and (request is None or request.key != owner.status.request):
        return Write(patch=status.abandoned(owner.status, now))
    kept = retained_volume.reason(view)
    leftover = _leftover(view, now, is_kept=bool(kept))
    if leftover:
        return leftover
    if request is None:
        rest = Condition(reason=status.MANUAL, message=kept) if kept else IDLE
        return attempt.show(owner, rest, now, _recheck(view))
    if owner.status.started is None:
        return _begin(view, request, now, is_kept=bool(kept))
    if kept:
        return attempt.progress(owner, kept, now)
    image = _current_image(view)
    if image:
        return _publish(view, request, image, now)
    if view.job is None:
        return attempt.resting(owner, now) or _prepare(view, request, config, now)
    if view.job.phase is not Phase.SUCCEEDED:
        return attempt.judge(view, view.job, config, now)
    return _take_image(view, request, view.job, config, now)


def _leftover(view: DestinationView, now: datetime, *, is_kept: bool) -> Step | None:
    # An old image goes before its volume: nobody is to find one that has lost its content.
    first = attempt.clear(view.owner, (view.job,), now) or _old_image(view) or _old_taken(view, now)
    if first or is_kept:
        return first
    return attempt.clear(view.owner, (view.temporary_pvc,), now)


def _begin(view: DestinationView, request: Request, now: datetime, *, is_kept: bool) -> Step:
    owner = view.owner
    if owner.paused:
        paused = Condition(reason=status.PAUSED, message="Paused: nothing is restored")
        return attempt.show(owner, paused, now, _recheck(view))
    if is_kept and retained_volume.must_wait(view, request.snapshot):
        text = f"The next restore waits until a pod has started with PVC {owner.claim}"
        return attempt.show(owner, Condition(reason=status.IN_PROGRESS, message=text), now)
    patch = status.begun(owner.status, request.key, now)
    if request.snapshot and is_kept:
        # The image dies with its volume: it must neither be used nor count as restored.
        patch["latestImage"] = None
        patch["external"][StatusKey.PINNED] = None
    return Write(patch=patch)


def _current_image(view: DestinationView) -> VolumeSnapshot | None:
    return next((image for image in view.images if attempt.belongs(image, view.owner)), None)


def _old_image(view: DestinationView) -> Step | None:
    # The version guards against the populator, which marks an image just before it reads it.
    for image in view.images:
        old = image.name != view.owner.status.image and not attempt.belongs(image, view.owner)
        if old and image.owner == view.owner.uid and not (image.terminating or image.in_use):
            return attempt.removed(image, image.version)
    return None


def _old_taken(view: DestinationView, now: datetime) -> Step | None:
    """Removes what an image was made by, after the image: first its content, then the first one."""
    alive = {image.sync for image in view.images}
    if view.owner.status.started:
        alive.add(attempt.sync_of(view.owner))
    for child in (*view.contents, *view.taken):
        if child.owner != view.owner.uid or child.sync not in alive:
            step = attempt.stirred(child, now) if child.terminating else attempt.removed(child)
            if step:
                return step
    return None


def _recheck(view: DestinationView) -> float | None:
    old = {image.name for image in view.images} - {view.owner.status.image}
    is_retained = view.temporary_pvc is not None and retained_volume.is_needed(view)
    return attempt.RECHECK if old or is_retained else None


def _prepare(view: DestinationView, request: Request, config: MoverSettings, now: datetime) -> Step:
    owner = view.owner
    size = owner.parameters.get(SpecKey.CAPACITY, "")
    reason = attempt.unfit(view)
    if not reason and not volume.is_quantity(size):
        reason = f"parameter {SpecKey.CAPACITY} is missing or malformed"
    if not reason and not view.cluster.storage.has_snapshots:
        reason = NO_SNAPSHOTS
    identity = attempt.identity_of(owner)
    if reason or identity is None:
        return attempt.blocked(owner, reason, now)
    name = names.destination_volume(owner.stem)
    if view.temporary_pvc is None:
        modes = owner.parameters.get(SpecKey.ACCESS_MODES, "")
        manifest = volume.pvc(
            owner,
            name,
            size=size,
            modes=tuple(filter(None, modes.split(","))) or DEFAULT_MODES,
            storage_class=owner.parameters.get(SpecKey.STORAGE_CLASS, ""),
        )
        event = Event(reason=attempt.PVC_CREATED, message=f"Created PVC {name}")
        return Create(manifest=manifest, events=(event,), needs_place=True)
    unbound = attempt.not_bound(view, view.temporary_pvc, config, now)
    if unbound:
        return unbound
    manifest = job.job(
        owner,
        config,
        task.restore(
            view.cluster.pin,
            identity,
            attempt.kopia_deadline(config),
            attempt.ordered(config, now),
            request.snapshot,
        ),
        volume=name,
        secret=attempt.secret_of(owner),
        privileged=view.cluster.privileged,
    )
    what = f"snapshot {request.snapshot}" if request.snapshot else "the newest snapshot"
    event = Event(
        reason=attempt.TRANSFER_STARTED, message=f"Restore of {what} starts", on_claim=True
    )
    return Start(manifest=manifest, events=(event,))


def _take_image(
    view: DestinationView, request: Request, job: Job, config: MoverSettings, now: datetime
) -> Step:
    owner = view.owner
    if not view.cluster.pin:
        return attempt.blocked(owner, attempt.NO_PIN, now)
    result, doubt = attempt.proof(job, view.cluster.pin, request.snapshot)
    if result is None or owner.status.started is None:
        return attempt.fail(owner, doubt, now)
    if view.temporary_pvc is None:
        return attempt.fail(owner, "the restored volume has disappeared", now)
    taken = next((one for one in view.taken if attempt.belongs(one, owner)), None)
    if taken:
        return attempt.unready(owner, taken, config, now) or _carry(view, result, now)
    name = names.image(owner.stem, attempt.sync_of(owner))
    manifest = volume.snapshot(
        owner,
        owner.workplace,
        name,
        source=view.temporary_pvc.name,
        snapshot_class=view.cluster.storage.snapshot_class,
        result=result,
    )
    event = Event(reason=attempt.SNAPSHOT_CREATED, message=f"Created VolumeSnapshot {name}")
    return Create(manifest=manifest, events=(event,))


def _carry(view: DestinationView, result: Result, now: datetime) -> Step:
    """Takes what was restored to where the PVC is: there it is the image."""
    owner, sync = view.owner, attempt.sync_of(view.owner)
    target = Target(
        namespace=owner.namespace,
        name=names.image(owner.name, sync),
        content=names.image(owner.stem, sync),
        result=result,
    )
    content = next((one for one in view.contents if attempt.belongs(one, owner)), None)
    return carry.step(owner, target, view.origin, content, now)


def _publish(view: DestinationView, request: Request, image: VolumeSnapshot, now: datetime) -> Step:
    owner = view.owner
    if image.terminating:
        return attempt.fail(owner, f"VolumeSnapshot {image.name} was deleted", now)
    if not image.ready:
        return attempt.not_ready(owner, image, now)
    result = image.result
    if result is None or not result.verified:
        return attempt.fail(owner, f"VolumeSnapshot {image.name} has lost its result", now)
    if request.snapshot not in ("", result.snapshot):
        return attempt.fail(owner, f"VolumeSnapshot {image.name} is of another snapshot", now)
    return _finish(owner, request, image, result, now)


def _finish(
    owner: Replication, request: Request, image: VolumeSnapshot, result: Result, now: datetime
) -> Write:
    text = result.text(owner.role)
    patch = status.finished(owner.status, result, text, IDLE, now)
    patch["latestImage"] = {
        "apiGroup": volume.SNAPSHOT_GROUP,
        "kind": image.kind,
        "name": image.name,
    }
    if request.snapshot:
        patch["external"][StatusKey.PINNED] = request.snapshot
    else:
        patch["lastManualSync"] = request.token
    event = Event(reason=attempt.TRANSFER_FINISHED, message=text, on_claim=True)
    return Write(patch=patch, events=(event,), took=owner.status.spent(now))
