"""Reconciles one object: reads it, asks its plan for the next step, does it, and reads again."""

import logging
from datetime import datetime
from typing import Any

from contract.environment import MoverSettings, NfsMode
from contract.labels import DESTINATION, SOURCE
from contract.times import time_text
from kube import resource
from kube.api import CONFLICT, NOT_FOUND, Api, ApiError
from kube.fields import of_type
from kube.resource import ObjectKey
from mover import model, names, schedule, status
from mover.cluster import fetch, parse
from mover.manifest import event
from mover.manifest.job import has_repository
from mover.metrics import Metrics
from mover.model import Create, Delete, Replication, Start, Step, Touch, Wait, Write
from mover.plan import attempt, destination, source
from mover.scheduling.scheduler import Scheduler
from mover.status import Condition

log = logging.getLogger(__name__)

MAX_STEPS = 20  # writes in one go; then other keys have their turn
AGAIN = 1.0  # seconds, after somebody else was faster
REFUSED = (400, 403, 422)
QUEUED = "Queued: "
NO_POLICY = "Jobs come out without the repository volume: is the policy that adds it in place?"


class BlockedError(Exception):
    """An object cannot be created as it has to be; the text says why."""


class Reconciler:
    """Reconciles one object at a time; `scheduler` says which may start a mover."""

    def __init__(
        self,
        api: Api,
        settings: MoverSettings,
        metrics: Metrics,
    ) -> None:
        self._api = api
        self._settings = settings
        self._metrics = metrics
        self._now = api.clock
        self.scheduler = Scheduler(api, settings, metrics)

    async def run(self, key: ObjectKey) -> float | None:
        """Does what can be done now. Returns the seconds after which to look again, if any."""
        try:
            return await self._run(key)
        except Exception:
            self.scheduler.leave(key)  # who cannot be looked at must not hold up those behind
            raise

    async def _run(self, key: ObjectKey) -> float | None:
        for _ in range(MAX_STEPS):
            raw = await self._api.get(key.kind, key.namespace, key.name)
            owner = parse.replication(raw, self._now(), self._settings) if raw else None
            self.scheduler.note(key, owner)
            if owner is None:
                return await self._forget(key)
            step = await self._plan(owner)
            if not _needs_place(step):
                self.scheduler.leave(key)
            if isinstance(step, Wait):
                return step.seconds
            end = await self._act(key, owner, step)
            if end:
                return end.seconds
        return AGAIN

    async def _forget(self, key: ObjectKey) -> float | None:
        """Removes what an object that is gone has left where movers work apart."""
        self.scheduler.leave(key)
        role = SOURCE if key.kind == resource.REPLICATION_SOURCE else DESTINATION
        self._metrics.forget(key.namespace, key.name, role)
        workplace = self._settings.workplace(key.namespace)
        if workplace == key.namespace:
            return None
        left = await fetch.left_by(self._api, key, workplace)
        for meta, kind in left:
            if "deletionTimestamp" not in meta:
                place = kind, meta.get("namespace", ""), meta["name"]
                try:
                    await self._remove(key, *place, meta["uid"])
                except ApiError as error:
                    if error.code not in (CONFLICT, NOT_FOUND):
                        raise
        return attempt.GONE_CHECK if left else None

    async def _remove(
        self, key: ObjectKey, kind: str, space: str, name: str, uid: str, version: str = ""
    ) -> None:
        await self._api.delete(kind, space, name, uid, version)
        log.info("deleted %s %s", kind, name, extra=key.about)

    async def _plan(self, owner: Replication) -> Step:
        settings, now = self._settings, self._now()
        self._metrics.shown(owner)
        if owner.role == SOURCE:
            view = await fetch.of_source(self._api, owner, settings)
            is_late = _is_late(owner, settings.timezone, now) and not source.waits_for_use(view)
            self._metrics.late(owner, is_late)
            return source.plan(view, settings, now)
        self._metrics.late(owner, destination.wanted(owner) is not None)
        view = await fetch.of_destination(self._api, owner, settings)
        return destination.plan(view, settings, now)

    async def _act(self, key: ObjectKey, owner: Replication, step: Step) -> Wait | None:
        """Does a step. Returns for what to wait, or None where the next step may follow."""
        try:
            match step:
                case Create():
                    return await self._create(key, owner, step)
                case Delete():
                    place = step.kind, step.namespace, step.name
                    await self._remove(key, *place, step.uid, step.version)
                case Touch():
                    await self._api.patch(step.kind, step.namespace, step.name, _touch(step))
                    log.info("touched %s %s", step.kind, step.name, extra=key.about)
                case Write():
                    await self._write(key, owner, step)
        except ApiError as error:
            if error.code in (CONFLICT, NOT_FOUND):
                return Wait(seconds=AGAIN)  # it has changed, or is there or gone already
            raise
        return None

    async def _create(self, key: ObjectKey, owner: Replication, step: Create) -> Wait | None:
        try:
            if _needs_place(step):
                reason = await self.scheduler.admit(key, owner, step, self._put)
                if reason:
                    return await self._queue(key, owner, f"{QUEUED}{reason}")
            else:
                await self._put(step)
        except BlockedError as error:
            return await self._block(key, owner, str(error))
        name = step.manifest["metadata"]["name"]
        log.info("created %s %s", step.manifest["kind"], name, extra=key.about)
        await self._tell(owner, step)
        return None

    async def _put(self, step: Create) -> None:
        try:
            if isinstance(step, Start) and self._settings.nfs_mode is NfsMode.INJECT:
                # Asked first, so that a missing policy costs no doomed Job.
                shape = await self._api.create(step.manifest, dry_run=True)
                if not has_repository(shape):
                    raise BlockedError(NO_POLICY)
            await self._api.create(step.manifest)
        except ApiError as error:
            if error.code not in REFUSED:
                raise
            text = f"{step.manifest['kind']} was refused: {error.words}"
            raise BlockedError(text) from error

    async def _queue(self, key: ObjectKey, owner: Replication, message: str) -> Wait:
        """Shows why it waits. A place further on is no event."""
        wanted = Condition(reason=status.IN_PROGRESS, message=message)
        notice = model.Event(reason=attempt.TRANSFER_BLOCKED, message=message, on_claim=True)
        await self._show(key, owner, wanted, () if _is_queued(owner) else (notice,))
        return Wait()  # the scheduler wakes it

    async def _block(self, key: ObjectKey, owner: Replication, message: str) -> Wait:
        wanted = Condition(reason=status.ERROR, message=message)
        notice = model.Event(
            reason=attempt.TRANSFER_BLOCKED, message=message, warning=True, on_claim=True
        )
        await self._show(key, owner, wanted, (notice,))
        return Wait(seconds=attempt.RECHECK)

    async def _show(
        self, key: ObjectKey, owner: Replication, wanted: Condition, events: tuple[model.Event, ...]
    ) -> None:
        step = attempt.show(owner, wanted, self._now(), events=events)
        if isinstance(step, Write):
            await self._write(key, owner, step)

    async def _write(self, key: ObjectKey, owner: Replication, step: Write) -> None:
        space, name = owner.namespace, owner.name
        await self._api.patch_status(owner.kind, space, name, owner.version, step.patch)
        shown = of_type(step.patch.get("conditions"), status.SYNCHRONIZING)
        reason, message = shown.get("reason", "status"), shown.get("message", "")
        log.info("%s: %s", reason, message, extra=key.about)
        self._metrics.written(owner, step)
        await self._tell(owner, step)

    async def _tell(self, owner: Replication, step: Create | Write) -> None:
        for notice in step.events:
            for manifest in event.manifests(owner, notice, self._now()):
                try:
                    await self._api.create(manifest)
                except Exception as error:  # an event that is lost must not stop the work
                    log.warning("event on %s: %s", manifest["involvedObject"]["name"], error)


def _touch(step: Touch) -> dict[str, Any]:
    marks = {names.TOUCHED: time_text(step.at)}
    return {"metadata": {"resourceVersion": step.version, "annotations": marks}}


def _needs_place(step: Step) -> bool:
    return isinstance(step, Create) and (step.needs_place or isinstance(step, Start))


def _is_queued(owner: Replication) -> bool:
    shown = of_type(owner.status.conditions, status.SYNCHRONIZING)
    return shown.get("message", "").startswith(QUEUED)


def _is_late(owner: Replication, timezone: str, now: datetime) -> bool:
    try:
        return schedule.is_late(source.trigger_of(owner), now, timezone)
    except schedule.ScheduleError:
        return True
