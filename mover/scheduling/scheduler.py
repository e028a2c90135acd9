"""Limits how many movers run at once: keeps the waiting list, and starts movers by the policy.

All of it is memory of what the objects say, made anew from them after a restart.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice

from contract.environment import MoverSettings
from contract.labels import DESTINATION, SOURCE
from contract.log import ABOUT
from contract.times import SKEW
from kube import resource
from kube.api import CONFLICT, NOT_FOUND, Api, ApiError
from kube.resource import ObjectKey
from mover.cluster import parse
from mover.metrics import Metrics
from mover.model import Create, Replication, Start
from mover.plan import attempt
from mover.scheduling import circuit_breaker, cluster_load, node_affinity, policy
from mover.scheduling.circuit_breaker import Failure
from mover.scheduling.policy import ClusterLoad, Limits, Placement, Situation, Ticket
from mover.scheduling.waiting_list import WaitingList

log = logging.getLogger(__name__)

SURVEY = 30.0  # seconds between looks at who is at work, where nothing has moved
NODES_AGE = 60.0  # seconds that a list of nodes is good for
STUCK = 10.0  # seconds after which a Job that finds no node is taken back
# Waiting objects whose status is brought up to date in one go, however far the list has moved.
REFRESHES = 50

ANY: frozenset[str] = frozenset()
Put = Callable[[Create], Awaitable[object]]


@dataclass(frozen=True, kw_only=True)
class Survey:
    """The objects to reconcile now, and the seconds until the next survey at the latest."""

    keys: tuple[ObjectKey, ...]
    seconds: float


class Scheduler:
    """Lets movers start within the limits, one decision at a time."""

    def __init__(self, api: Api, settings: MoverSettings, metrics: Metrics) -> None:
        self.moved = asyncio.Event()  # a place may be free, or the waiting list is shorter
        self._api, self._settings = api, settings
        self._limits = Limits(total=settings.max_jobs, per_node=settings.max_jobs_per_node)
        self._metrics = metrics
        self._now = api.clock
        self._lock = asyncio.Lock()
        self._waiting_list = WaitingList()
        self._reasons: dict[ObjectKey, str] = {}
        self._needs: dict[str, frozenset[str]] = {}  # by uid: a stuck Job needs one of these nodes
        self._uids: dict[ObjectKey, str] = {}  # of all owners: whatever names another is not ours
        self._failures: dict[ObjectKey, Failure] = {}
        self._success: datetime | None = None
        self._load = ClusterLoad(at_work={})
        self._has_begun = False
        self._nodes_read: datetime | None = None
        self._refreshed: datetime | None = None

    def note(self, key: ObjectKey, owner: Replication | None) -> None:
        """Takes in what an owner's status says of the repository; one that is gone says nothing."""
        if owner:
            self._uids[key] = owner.uid
        else:
            self._uids.pop(key, None)
        failure = circuit_breaker.failure(owner.uid, owner.status) if owner else None
        if failure:
            self._failures[key] = failure
        else:
            self._failures.pop(key, None)
        if owner and owner.status.last_sync:
            times, now = (self._success, owner.status.last_sync), self._now()
            self._success = max((time for time in times if time and time <= now), default=None)
        if self._waiting_list and (owner is None or owner.uid in self._load.at_work):
            self.moved.set()

    def leave(self, key: ObjectKey) -> None:
        """Takes an object off the waiting list: its next step needs no place."""
        if self._waiting_list.leave(key):
            self._reasons.pop(key, None)
            self.moved.set()

    async def admit(self, key: ObjectKey, owner: Replication, step: Create, put: Put) -> str:
        """Lets `put` create the object if the owner may start; else returns why it has to wait."""
        async with self._lock:
            await self._begin()
            ticket = self._ticket(key, owner, step)
            self._waiting_list.join(ticket)
            situation = self._situation()
            position = next(at for other, at in self._places() if other.key == key)
            # Far from the head nothing has to be looked up, unless all before it wait for a node.
            if position <= self._limits.total or _placement_of(
                ticket, self._waiting_list, situation
            ):
                situation = await self._look()
                placement = _placement_of(ticket, self._waiting_list, situation)
                if placement:
                    await self._start(placement, step, put)
                    return ""
            text = policy.reason(ticket, position, self._waiting_count(), situation)
            self._reasons[key] = text
            return text

    async def survey(self) -> Survey:
        """Reads which movers run, and returns which objects may start."""
        async with self._lock:
            await self._begin()
            situation = await self._look()
            await self._take_back(situation)
            placements = policy.startable(self._waiting_list, situation)
            keys = [placement.ticket.key for placement in placements]
            if _is_old(self._refreshed, SURVEY, situation.now):
                self._refreshed = situation.now
                keys += islice(self._outdated(situation), REFRESHES)
        self._count(situation)
        return Survey(keys=tuple(dict.fromkeys(keys)), seconds=_until_next(situation))

    async def _begin(self) -> None:
        """After a start: all owners, so that the first to ask is not taken for the only one."""
        if self._has_begun:
            return
        owners = [
            parse.replication(raw, self._now(), self._settings)
            for kind in (resource.REPLICATION_SOURCE, resource.REPLICATION_DESTINATION)
            for raw in await self._api.find(kind, "", "")
        ]
        for owner in filter(None, owners):
            self.note(owner.key, owner)
        situation = await self._look()
        for owner in filter(None, owners):
            waits = owner.status.started and not attempt.resting(owner, situation.now)
            if waits and owner.uid not in situation.load.at_work:
                self._waiting_list.join(self._ticket(owner.key, owner))
        self._has_begun = True

    async def _look(self) -> Situation:
        nodes = self._load.nodes
        if self._nodes_read is None or _is_old(self._nodes_read, NODES_AGE, self._now()):
            nodes = await cluster_load.nodes(self._api, self._settings.pods)
            self._nodes_read = self._now()
        load = await cluster_load.look(self._api, nodes, self._settings.workplaces)
        self._load = load.of(frozenset(self._uids.values()))
        return self._situation()

    def _situation(self) -> Situation:
        now = self._now()
        return Situation(
            load=self._load,
            limits=self._limits,
            outage=circuit_breaker.outage(self._failures.values(), self._success, now),
            now=now,
        )

    def _ticket(self, key: ObjectKey, owner: Replication, step: Create | None = None) -> Ticket:
        job = step.manifest if isinstance(step, Start) else None
        return Ticket(
            key=key,
            uid=owner.uid,
            role=owner.role,
            since=_due_since(owner, self._now()),
            attempts=owner.status.attempts,
            starts=job is not None,
            needs=(node_affinity.only(job) if job else None) or self._needs.get(owner.uid, ANY),
        )

    def _places(self) -> Iterator[tuple[Ticket, int]]:
        """Every ticket, and its position among those that hold no place."""
        position = 1
        for ticket in self._waiting_list:
            yield ticket, position
            if ticket.uid not in self._load.at_work:
                position += 1

    async def _start(self, placement: Placement, step: Create, put: Put) -> None:
        ticket = placement.ticket
        self._waiting_list.leave(ticket.key)
        self._reasons.pop(ticket.key, None)
        self._load = replace(self._load, at_work={**self._load.at_work, ticket.uid: ticket.role})
        if isinstance(step, Start):
            step = replace(step, manifest=_placed(step.manifest, placement))
        try:
            await put(step)
        except Exception:
            self.moved.set()  # the place is free again
            raise

    async def _take_back(self, situation: Situation) -> None:
        """Jobs that find no node because they are kept off one: they wait without a pod instead.

        Of the nodes that such a Job may need, those that it has tried drop out.
        """
        alive = {*situation.load.at_work, *(ticket.uid for ticket in self._waiting_list)}
        self._needs = {uid: nodes for uid, nodes in self._needs.items() if nodes and uid in alive}
        for mover in situation.load.movers:
            is_ours = mover.avoids or mover.owner in self._needs
            if not (
                is_ours and mover.stuck_since and _is_old(mover.stuck_since, STUCK, situation.now)
            ):
                continue
            self._needs[mover.owner] = mover.avoids or self._needs[mover.owner] - mover.only
            where = {"kind": resource.JOB, "namespace": mover.namespace, "name": mover.job}
            log.info("taken back: no node is left for it", extra={ABOUT: where})
            try:
                await self._api.delete(resource.JOB, mover.namespace, mover.job, mover.uid, "")
            except ApiError as error:
                if error.code not in (CONFLICT, NOT_FOUND):
                    raise

    def _outdated(self, situation: Situation) -> Iterator[ObjectKey]:
        """Keys of waiting objects whose status shows an outdated position or reason."""
        places = list(self._places())
        total = self._waiting_count()
        for ticket, position in places:
            if self._reasons.get(ticket.key) != policy.reason(ticket, position, total, situation):
                yield ticket.key

    def _waiting_count(self) -> int:
        return sum(ticket.uid not in self._load.at_work for ticket in self._waiting_list)

    def _count(self, situation: Situation) -> None:
        roles = list(situation.load.at_work.values())
        queued = [ticket.role for ticket in self._waiting_list]
        for role in (SOURCE, DESTINATION):
            self._metrics.running.labels(role).set(roles.count(role))
            self._metrics.queue.labels(role).set(queued.count(role))
        self._metrics.repository_failing.set(situation.outage is not None)


def _placement_of(
    ticket: Ticket, waiting_list: WaitingList, situation: Situation
) -> Placement | None:
    placements = policy.startable(waiting_list, situation)
    return next((item for item in placements if item.ticket == ticket), None)


def _placed(job: node_affinity.Manifest, placement: Placement) -> node_affinity.Manifest:
    if placement.only:
        return node_affinity.kept_on(job, placement.only)
    return node_affinity.kept_off(job, placement.avoid)


def _due_since(owner: Replication, now: datetime) -> datetime:
    """Since when it could have run: a failed attempt from its pause on, else its slot."""
    status = owner.status
    times = (status.retry_after,) if status.attempts else (status.started, status.next_sync)
    since = min(filter(None, times), default=now)
    return since if since <= now + SKEW else now


def _is_old(when: datetime | None, seconds: float, now: datetime) -> bool:
    # One that lies ahead was noted by a clock that has been set back since.
    return when is None or abs(now - when) >= timedelta(seconds=seconds)


def _until_next(situation: Situation) -> float:
    probe = situation.outage.probe_at - situation.now if situation.outage else timedelta()
    return min(SURVEY, probe.total_seconds()) if probe > timedelta() else SURVEY
