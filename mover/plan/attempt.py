"""The steps that both plans share: cleaning up, waiting, failing, and judging a Job. Pure."""

import hashlib
import math
from collections.abc import Iterable
from datetime import datetime, timedelta

from contract.environment import MoverSettings
from contract.labels import BOUND
from contract.names import Claim, Identity, identity
from contract.repository import SYSTEM_SECRET
from contract.times import SKEW
from contract.volsync import SpecKey
from kube.resource import SNAPSHOT, SNAPSHOT_CONTENT
from mover import names, status
from mover.job.task import Ordered
from mover.model import (
    Child,
    Delete,
    DestinationView,
    Event,
    Job,
    Phase,
    Pvc,
    Replication,
    SourceView,
    Step,
    Touch,
    VolumeSnapshot,
    Wait,
    Write,
)
from mover.result import Result
from mover.status import Condition

# VolSync's event reasons; upstream api/v1alpha1/events.go.
TRANSFER_STARTED = "TransferStarted"
TRANSFER_FAILED = "TransferFailed"
SNAPSHOT_CREATED = "VolumeSnapshotCreated"
SNAPSHOT_NOT_BOUND = "VolumeSnapshotNotBound"
PVC_CREATED = "PersistentVolumeClaimCreated"
# Ours: upstream tells these in status only.
TRANSFER_FINISHED = "TransferFinished"
TRANSFER_BLOCKED = "TransferBlocked"
RETENTION_HELD = "RetentionHeld"
FILES_UNREADABLE = "FilesUnreadable"

NO_PIN = "The repository's unique id is not known yet: bootstrap has not finished"

FIRST_RETRY = 15.0  # seconds
LAST_RETRY = 1800.0
RECHECK = 30.0  # seconds, where no event tells of a change
GONE_CHECK = 5.0  # seconds until a terminating object is looked at again
# kopia ends before its Job does, so that people get its reason and not a time-out.
DEADLINE_MARGIN = 300.0  # seconds
# Seconds after which a mover that kubelet refuses gives its place back: long enough for a registry
# or a Secret that is away for a moment.
REFUSED = 120.0
STUCK = 30.0  # seconds after which its controller is made to look at it again


def sync_of(owner: Replication) -> str:
    """The attempt that runs; "" while none does."""
    return names.sync_id(owner.status.started, owner.status.attempts)


def belongs(child: Child, owner: Replication) -> bool:
    """Whether an object was made for this owner's running attempt."""
    return child.made_here and child.owner == owner.uid and child.sync == sync_of(owner)


def clear(owner: Replication, children: Iterable[Child | None], now: datetime) -> Step | None:
    """Removes what earlier attempts or owners of the same name have left, first things first."""
    for child in children:
        if child is None or (belongs(child, owner) and not child.terminating):
            continue
        if not child.made_here:
            text = f"{child.kind} {child.name} exists and was not made by the mover"
            return blocked(owner, text, now)
        if child.terminating:
            return stirred(child, now) or Wait(seconds=GONE_CHECK)
        return removed(child)
    return None


def removed(child: Child, version: str = "") -> Delete:
    """Deletes exactly this object."""
    return Delete(
        kind=child.kind,
        namespace=child.namespace,
        name=child.name,
        uid=child.uid,
        version=version,
    )


def stirred(child: Child, now: datetime) -> Step | None:
    """Touches a VolumeSnapshot whose deletion is stuck.

    Its controller keeps it while a volume is being made from it, and when that ends it does not
    look again by itself for a quarter of an hour.
    """
    since = child.going_since
    kinds = (SNAPSHOT, SNAPSHOT_CONTENT)
    if child.kind not in kinds or since is None or abs((now - since).total_seconds()) < STUCK:
        return None
    return Touch(
        kind=child.kind,
        namespace=child.namespace,
        name=child.name,
        version=child.version,
        at=now,
    )


def show(
    owner: Replication,
    wanted: Condition,
    now: datetime,
    seconds: float | None = RECHECK,
    events: tuple[Event, ...] = (),
) -> Step:
    """Waits, with the reason in the owner's condition; events repeat it once."""
    if owner.status.shows(wanted):
        return Wait(seconds=seconds)
    return Write(patch=status.condition(owner.status, wanted, now), events=events)


def progress(owner: Replication, message: str, now: datetime) -> Step:
    """Waits within a running synchronisation."""
    return show(owner, Condition(reason=status.IN_PROGRESS, message=message), now)


def blocked(owner: Replication, message: str, now: datetime) -> Step:
    """Waits for something that a person may have to mend."""
    event = Event(reason=TRANSFER_BLOCKED, message=message, warning=True, on_claim=True)
    return show(owner, Condition(reason=status.ERROR, message=message), now, events=(event,))


def not_bound(
    view: SourceView | DestinationView, made: Pvc, config: MoverSettings, now: datetime
) -> Step | None:
    """Waits for a temporary volume that needs no pod to be bound.

    A pod that comes first is put off by scheduler and kubelet, for seconds or for minutes.
    """
    if made.phase == BOUND or not view.cluster.storage.binds_at_once:
        return None
    if (now - made.created).total_seconds() > config.start_deadline:
        text = f"PVC {made.name} was not bound within {config.start_deadline:.0f} s"
        return fail(view.owner, text, now)
    return progress(view.owner, f"PVC {made.name} is not bound yet", now)


def unready(
    owner: Replication, snapshot: VolumeSnapshot, config: MoverSettings, now: datetime
) -> Step | None:
    """Waits for a VolumeSnapshot; None where it is ready.

    One that fails for long gives its place to others; slow storage may take its time.
    """
    if snapshot.ready:
        return None
    age = (now - snapshot.created).total_seconds()
    if snapshot.error and age > config.start_deadline:
        return fail(owner, f"VolumeSnapshot {snapshot.name} failed: {snapshot.error}", now)
    return not_ready(owner, snapshot, now)


def not_ready(owner: Replication, snapshot: VolumeSnapshot, now: datetime) -> Step:
    """Waits for a VolumeSnapshot, and shows its error as soon as it has one."""
    text = f"VolumeSnapshot {snapshot.name} is not ready yet"
    if not snapshot.error:
        return progress(owner, text, now)
    text = f"{text}: {snapshot.error}"
    event = Event(reason=SNAPSHOT_NOT_BOUND, message=text, warning=True, on_claim=True)
    wanted = Condition(reason=status.IN_PROGRESS, message=text)
    return show(owner, wanted, now, events=(event,))


def fail(
    owner: Replication, reason: str, now: datetime, *, repository_failed: datetime | None = None
) -> Write:
    """Ends an attempt. The next one begins after a pause, with new objects.

    `repository_failed` is since when the repository has failed it, where that is the cause.
    """
    retry = now + timedelta(seconds=pause(owner.uid, owner.status.attempts + 1))
    event = Event(reason=TRANSFER_FAILED, message=reason, warning=True, on_claim=True)
    patch = status.failed(owner.status, reason, retry, now, repository_failed=repository_failed)
    return Write(patch=patch, events=(event,), failed=True)


def pause(uid: str, attempts: int) -> float:
    """Seconds before the next attempt: doubled each time, and spread by a fifth."""
    full = min(FIRST_RETRY * 2 ** min(attempts - 1, 32), LAST_RETRY)
    digest = hashlib.sha256(f"{uid}/{attempts}".encode()).digest()
    return full * (0.8 + 0.2 * digest[0] / 255)


def resting(owner: Replication, now: datetime) -> Wait | None:
    """The pause after a failed attempt; one that would last longer was written by a wrong clock."""
    until = owner.status.retry_after
    left = until - now if until else timedelta()
    longest = timedelta(seconds=pause(owner.uid, owner.status.attempts)) + SKEW
    return Wait(seconds=left.total_seconds()) if timedelta() < left <= longest else None


def own_identity(owner: Replication) -> Identity | None:
    """Where the snapshots of the owner's PVC live; None where it is of no PVC."""
    try:
        return identity(Claim(owner.namespace, owner.claim))
    except ValueError:
        return None


def identity_of(owner: Replication) -> Identity | None:
    """Where the owner's snapshots live. None where its parameters name any other place.

    Whoever copies an object and changes a name gets at nobody else's history.
    """
    own = own_identity(owner)
    user, host = (owner.parameters.get(key, "") for key in (SpecKey.USER, SpecKey.HOST))
    return own if own == Identity(user, host) else None


def kopia_deadline(config: MoverSettings) -> float:
    """Seconds that each kopia of a Job has."""
    return max(config.job_deadline - DEADLINE_MARGIN, 1)


def ordered(config: MoverSettings, now: datetime) -> Ordered:
    """The time by which a Job judges its node's clock. One that begins later is given up."""
    return Ordered(at=now, start_deadline=config.start_deadline)


def secret_of(owner: Replication) -> str:
    """The Secret with the repository's password where the owner's movers work; "" for none."""
    return SYSTEM_SECRET if owner.is_apart else owner.parameters.get(SpecKey.SECRET, "")


def unfit(view: SourceView | DestinationView) -> str:
    """Why no Job may start now; "" where it may."""
    if not secret_of(view.owner):
        return f"parameter {SpecKey.SECRET} is missing"
    own = own_identity(view.owner)
    if own is None:
        return "it belongs to no PVC, so that it has no backups of its own"
    if identity_of(view.owner) is None:
        whose = f"PVC {view.owner.claim}: they must be {own.user} and {own.host}"
        return f"parameters {SpecKey.USER} and {SpecKey.HOST} are not those of {whose}"
    if not view.cluster.pin:
        return NO_PIN
    return view.cluster.secret_problem


def judge(
    view: SourceView | DestinationView, job: Job, config: MoverSettings, now: datetime
) -> Step:
    """A Job that has not succeeded: wait for it, or end the attempt."""
    if job.phase is Phase.FAILED:
        result = job.result if job.result and not job.result.verified else Result()
        reason = result.reason or job.reason or "the mover's Job failed"
        since = now if result.repository_failed else None
        return fail(view.owner, reason, now, repository_failed=since)
    if not job.mounted:
        text = "the mover's Job got no repository volume: is the policy that adds it in place?"
        return fail(view.owner, text, now)
    deadline = min(config.start_deadline, REFUSED if job.is_refused else math.inf)
    if not job.started and (now - job.created).total_seconds() > deadline:
        text = f"the mover did not start within {deadline:.0f} s"
        text = f"{text}: {job.reason}" if job.reason else text
        # Whoever has succeeded since then shows that the repository is not the cause.
        since = job.created if job.lacks_repository else None
        return fail(view.owner, text, now, repository_failed=since)
    waits = f"The mover waits: {job.reason}" if job.reason else "The mover is starting"
    return progress(view.owner, "The mover runs" if job.started else waits, now)


def proof(job: Job, pin: str, snapshot: str = "") -> tuple[Result | None, str]:
    """The result of a Job that succeeded, or why it proves nothing."""
    result = job.result
    if result is None:
        return None, "the mover ended without a result"
    if not result.verified or not result.snapshot:
        return None, result.reason or "the mover ended without having verified anything"
    if result.repository != pin:
        return None, "the mover worked on another repository than the pinned one"
    if snapshot and result.snapshot != snapshot:
        return None, "the mover restored another snapshot than the recorded one"
    return result, ""
