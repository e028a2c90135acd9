"""Plans the next step of a ReplicationSource: snapshot, copy, Job, status. Pure."""

from dataclasses import replace
from datetime import datetime

from contract.environment import MoverSettings
from contract.labels import ACCEPT_LOSS, BOUND
from contract.schedule import RETENTION, Retention
from contract.times import time_text
from contract.volsync import retain_key
from mover import names, schedule, status
from mover.job import task
from mover.manifest import job, volume
from mover.model import (
    BLOCK,
    Create,
    Event,
    Phase,
    Replication,
    SourceView,
    Start,
    Step,
    Wait,
    Write,
)
from mover.plan import attempt, carry
from mover.plan.carry import Target
from mover.result import Result
from mover.status import Condition

STAYS = (
    "The driver of the StorageClass has no VolumeSnapshotClass, so that the volume cannot come to"
    " where movers work: name namespace {} in mover.inNamespaces of the stack"
)


def plan(view: SourceView, config: MoverSettings, now: datetime) -> Step:
    """The next step."""
    owner = view.owner
    if owner.terminating:
        return Wait()
    # The application's own snapshot goes last: all the others stand for what it has taken.
    temporaries = (view.job, view.temporary_pvc, view.copy, view.content, view.snapshot)
    leftover = attempt.clear(owner, temporaries, now)
    if leftover:
        return leftover
    if owner.status.started is None:
        return _idle(view, config, now)
    if view.job is None:
        return attempt.resting(owner, now) or _prepare(view, config, now)
    if view.job.phase is not Phase.SUCCEEDED:
        return attempt.judge(view, view.job, config, now)
    if not view.cluster.pin:
        return attempt.blocked(owner, attempt.NO_PIN, now)
    result, doubt = attempt.proof(view.job, view.cluster.pin)
    return _finish(owner, result, config, now) if result else attempt.fail(owner, doubt, now)


def trigger_of(owner: Replication) -> schedule.Trigger:
    """The owner's trigger and how far it has been served."""
    return schedule.Trigger(
        schedule=owner.schedule,
        manual=owner.manual,
        last_manual=owner.status.last_manual,
        last_sync=owner.status.last_sync,
    )


def retention_of(owner: Replication) -> Retention:
    """What to keep: the owner's parameters over the contract's numbers."""
    given = {key: owner.parameters.get(retain_key(key), "") for key in RETENTION.items()}
    counts = {key: int(text) for key, text in given.items() if text.isdecimal()}
    return replace(RETENTION, **counts)


def _idle(view: SourceView, config: MoverSettings, now: datetime) -> Step:
    owner = view.owner
    if owner.paused:
        text = "Paused: nothing is backed up"
        return attempt.show(owner, Condition(reason=status.PAUSED, message=text), now, None)
    trigger = trigger_of(owner)
    try:
        if not schedule.is_due(trigger, now, config.timezone):
            return _settle(owner, schedule.next_slot(trigger, config.timezone), now)
    except schedule.ScheduleError as error:
        return attempt.blocked(owner, str(error), now)
    unready = _unready(view, now) or _unused(view, now)
    return unready or Write(patch=status.begun(owner.status, owner.manual, now))


def _unready(view: SourceView, now: datetime) -> Step | None:
    # A volume that is still being restored must not be backed up: it is not Bound yet.
    source = view.pvc
    if source is None or source.terminating:
        return attempt.blocked(view.owner, f"PVC {view.owner.claim} does not exist", now)
    if source.phase != BOUND:
        return attempt.blocked(view.owner, f"PVC {source.name} is not bound yet", now)
    if source.mode == BLOCK:
        return attempt.blocked(view.owner, f"PVC {source.name} is a raw block volume", now)
    return None


def waits_for_use(view: SourceView) -> bool:
    """Whether the volume may still be incomplete. Until a pod starts, nothing can change it.

    Some storage (Longhorn) copies a restored volume after it is Bound; a started container is the
    proof that it has ended.
    """
    source = view.pvc
    is_first = view.owner.status.last_sync is None
    return is_first and source is not None and bool(source.restored_from) and not view.used


def _unused(view: SourceView, now: datetime) -> Step | None:
    source = view.pvc
    if source is None or not waits_for_use(view):
        return None
    text = (
        f"Waits until a pod has started with PVC {source.name}; "
        f"until then it holds just what snapshot {source.restored_from} does"
    )
    return attempt.show(view.owner, Condition(reason=status.SCHEDULED, message=text), now)


def _settle(owner: Replication, slot: datetime | None, now: datetime) -> Step:
    idle = _idle_condition(owner)
    if owner.status.next_sync != slot or not owner.status.shows(idle):
        text = time_text(slot) if slot else None
        return Write(patch={"nextSyncTime": text, **status.condition(owner.status, idle, now)})
    return Wait(seconds=max((slot - now).total_seconds(), 0) if slot else None)


def _idle_condition(owner: Replication) -> Condition:
    if owner.schedule:
        return Condition(reason=status.SCHEDULED, message="Waiting for the next slot")
    return Condition(reason=status.MANUAL, message="Waiting for a manual trigger")


def _prepare(view: SourceView, config: MoverSettings, now: datetime) -> Step:
    owner, source, taken = view.owner, view.pvc, view.snapshot
    reason = attempt.unfit(view)
    if reason:
        return attempt.blocked(owner, reason, now)
    name = names.source_copy(owner.name)
    if taken is None:
        unready = _unready(view, now)
        if unready or source is None:
            return unready or Wait(seconds=attempt.RECHECK)
        if not view.cluster.storage.has_snapshots:
            if owner.is_apart:
                return attempt.blocked(owner, STAYS.format(owner.namespace), now)
            return _start(view, config, source.name, now, is_live=True)
        snapshot_class = view.cluster.storage.snapshot_class
        manifest = volume.snapshot(
            owner, owner.namespace, name, source=source.name, snapshot_class=snapshot_class
        )
        event = Event(reason=attempt.SNAPSHOT_CREATED, message=f"Created VolumeSnapshot {name}")
        return Create(manifest=manifest, events=(event,), needs_place=True)
    waits = attempt.unready(owner, taken, config, now) or _carry(view, config, now)
    if waits:
        return waits
    copy = names.source_copy(owner.stem)
    if view.temporary_pvc is None:
        if source is None:
            return attempt.blocked(owner, f"PVC {owner.claim} does not exist", now)
        return Create(manifest=volume.copy_of(owner, copy, source, taken))
    unbound = attempt.not_bound(view, view.temporary_pvc, config, now)
    return unbound or _start(view, config, copy, now)


def _carry(view: SourceView, config: MoverSettings, now: datetime) -> Step | None:
    """Takes the snapshot to where the movers work, if that is elsewhere."""
    owner = view.owner
    if not owner.is_apart:
        return None
    name = names.source_copy(owner.stem)
    if view.copy is None:
        target = Target(namespace=owner.workplace, name=name, content=name)
        return carry.step(owner, target, view.origin, view.content, now)
    return attempt.unready(owner, view.copy, config, now)


def _start(
    view: SourceView, config: MoverSettings, name: str, now: datetime, *, is_live: bool = False
) -> Step:
    """The Job. A live one reads the PVC itself, on the node where that is in use."""
    owner = view.owner
    identity = attempt.identity_of(owner)
    if identity is None:
        raise ValueError("a Job must not start without an identity")
    backup = task.Backup(
        retention=retention_of(owner),
        unreadable_files=config.unreadable_files,
        accepted_loss=view.pvc.annotations.get(ACCEPT_LOSS, "") if view.pvc else "",
        is_live=is_live,
        pvc_uid=view.pvc.uid if view.pvc else "",
        restored_from=view.pvc.restored_from if view.pvc else "",
    )
    manifest = job.job(
        owner,
        config,
        task.backup(
            view.cluster.pin,
            identity,
            attempt.kopia_deadline(config),
            attempt.ordered(config, now),
            backup,
        ),
        volume=name,
        secret=attempt.secret_of(owner),
        privileged=view.cluster.privileged,
        node=view.node if is_live else "",
    )
    event = Event(reason=attempt.TRANSFER_STARTED, message=f"Backup of {owner.claim} starts")
    return Start(manifest=manifest, events=(event,), needs_place=is_live)


def _finish(owner: Replication, result: Result, config: MoverSettings, now: datetime) -> Write:
    idle = _idle_condition(owner)
    text = result.text(owner.role)
    patch = status.finished(owner.status, result, text, idle, now)
    # The token that the run began with: one set meanwhile has its own run after this.
    if owner.status.request:
        patch["lastManualSync"] = owner.status.request
    missed = False
    try:
        slot = schedule.following(owner.schedule, now, config.timezone) if owner.schedule else None
        missed = bool(owner.status.last_sync) and schedule.is_late(
            trigger_of(owner), now, config.timezone
        )
    except schedule.ScheduleError:
        slot = None
    patch["nextSyncTime"] = time_text(slot) if slot else None
    events = [Event(reason=attempt.TRANSFER_FINISHED, message=text, on_claim=True)]
    warnings = []
    if result.held_by:
        warnings.append(attempt.RETENTION_HELD)
    if result.errors:
        warnings.append(attempt.FILES_UNREADABLE)
    events += [
        Event(reason=reason, message=result.note, warning=True, on_claim=True)
        for reason in warnings
    ]
    took = owner.status.spent(now)
    return Write(patch=patch, events=tuple(events), took=took, missed=missed)
