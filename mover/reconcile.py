"""Looks at one object, asks the pure plan for the next step, does it, and looks again."""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime

from contract.labels import DESTINATION, SOURCE
from mover import (
    attempt,
    destination,
    event,
    governor,
    model,
    observe,
    schedule,
    source,
    status,
    view,
)
from mover.api import CONFLICT, NOT_FOUND, Api, is_refusal, refusal_text
from mover.metrics import Metrics
from mover.model import Create, Delete, Owner, Start, Step, Wait, Write
from mover.queue import Key
from mover.settings import INJECT, Settings
from mover.status import Condition
from mover.workload import has_repository

log = logging.getLogger(__name__)

MAX_STEPS = 20  # writes in one go; then other keys have their turn
AGAIN = 1.0  # seconds, after somebody else was faster
REFUSED = (400, 403, 422)
NO_POLICY = "Jobs come out without the repository volume: is the policy that adds it in place?"


def utc_now() -> datetime:
    """The time that decisions are made at."""
    return datetime.now(UTC)


class Reconciler:
    """Brings one object at a time a step further. Holds nothing that the API does not hold too."""

    def __init__(
        self,
        api: Api,
        settings: Settings,
        metrics: Metrics,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._api = api
        self._settings = settings
        self._metrics = metrics
        self._now = now
        self._gate = asyncio.Lock()
        self._waiting: set[Key] = set()  # restores that the governor has put off

    async def run(self, key: Key) -> float | None:
        """Does what can be done now. Returns the seconds after which to look again, if any."""
        for _ in range(MAX_STEPS):
            raw = await self._api.get(key.kind, key.namespace, key.name)
            owner = observe.owner(raw) if raw else None
            if owner is None:
                self._forget(key)
                return None
            step = await self._plan(owner)
            if not (isinstance(step, Create) and step.gated):
                self._waiting.discard(key)
            if isinstance(step, Wait):
                return step.seconds
            pause = await self._act(key, owner, step)
            if pause is not None:
                return pause
        return AGAIN

    async def survey(self) -> None:
        """Counts the movers at work."""
        busy = await view.busy(self._api)
        for role in (SOURCE, DESTINATION):
            count = sum(1 for found in busy.values() if found == role)
            self._metrics.running.labels(role).set(count)

    def _forget(self, key: Key) -> None:
        self._waiting.discard(key)
        role = SOURCE if key.kind == model.REPLICATION_SOURCE else DESTINATION
        self._metrics.forget(key.namespace, key.name, role)

    async def _plan(self, owner: Owner) -> Step:
        settings, now = self._settings, self._now()
        if owner.role == SOURCE:
            self._metrics.late(owner, _is_late(owner, settings.timezone, now))
            seen = await view.of_source(self._api, owner, settings)
            return source.plan(seen, settings, now)
        self._metrics.late(owner, destination.wanted(owner) is not None)
        found = await view.of_destination(self._api, owner, settings)
        return destination.plan(found, settings, now)

    async def _act(self, key: Key, owner: Owner, step: Step) -> float | None:
        try:
            match step:
                case Create():
                    return await self._create(key, owner, step)
                case Delete():
                    space = owner.namespace
                    await self._api.delete(step.kind, space, step.name, step.uid, step.version)
                    log.info("%s: deleted %s %s", key, step.kind, step.name)
                case Write():
                    await self._write(key, owner, step)
        except Exception as error:
            if is_refusal(error, CONFLICT, NOT_FOUND):
                return AGAIN  # the object has changed, or is there or gone already
            if isinstance(step, Create) and is_refusal(error, *REFUSED):
                kind = step.manifest["kind"]
                return await self._show(
                    key, owner, f"{kind} was refused: {refusal_text(error)}", status.ERROR
                )
            raise
        return None

    async def _create(self, key: Key, owner: Owner, step: Create) -> float | None:
        if isinstance(step, Start) and self._settings.nfs_mode == INJECT:
            # Asked first, so that a missing policy costs no doomed Job.
            shape = await self._api.create(step.manifest, dry_run=True)
            if not has_repository(shape):
                return await self._show(key, owner, NO_POLICY, status.ERROR)
        if not step.gated:
            await self._api.create(step.manifest)
        else:
            async with self._gate:
                reason = await self._refusal(key, owner)
                if not reason:
                    await self._api.create(step.manifest)
            if reason:
                return await self._show(key, owner, f"Queued: {reason}", status.IN_PROGRESS)
        name = step.manifest["metadata"]["name"]
        log.info("%s: created %s %s", key, step.manifest["kind"], name)
        await self._tell(owner, step)
        return None

    async def _refusal(self, key: Key, owner: Owner) -> str:
        busy = await view.busy(self._api)
        others = len(self._waiting - {key})
        reason = governor.refusal(owner.role, owner.uid, busy, others, self._settings.max_jobs)
        if reason and owner.role == DESTINATION:
            self._waiting.add(key)
        else:
            self._waiting.discard(key)
        return reason

    async def _show(self, key: Key, owner: Owner, message: str, reason: str) -> float | None:
        wanted = Condition(reason=reason, message=message)
        if not owner.status.shows(wanted):
            patch = status.condition(owner.status, wanted, self._now())
            warning = reason == status.ERROR
            told = model.Event(
                reason=attempt.TRANSFER_BLOCKED, message=message, warning=warning, on_claim=True
            )
            await self._write(key, owner, Write(patch=patch, events=(told,)))
        return attempt.RECHECK

    async def _write(self, key: Key, owner: Owner, step: Write) -> None:
        space, name = owner.namespace, owner.name
        await self._api.patch_status(owner.kind, space, name, owner.version, step.patch)
        shown = step.patch.get("conditions", [{}])[-1]
        log.info("%s: %s: %s", key, shown.get("reason", "status"), shown.get("message", ""))
        self._metrics.written(owner, step)
        await self._tell(owner, step)

    async def _tell(self, owner: Owner, step: Create | Write) -> None:
        for told in step.events:
            for manifest in event.manifests(owner, told, self._now()):
                try:
                    await self._api.create(manifest)
                except Exception as error:  # an event that is lost must not stop the work
                    log.warning("event on %s: %s", manifest["involvedObject"]["name"], error)


def _is_late(owner: Owner, timezone: str, now: datetime) -> bool:
    try:
        return schedule.is_late(source.trigger_of(owner), now, timezone)
    except schedule.ScheduleError:
        return True
