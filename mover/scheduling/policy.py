"""Decides which waiting movers may start, and explains why the others wait. Pure."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from contract.labels import DESTINATION, SOURCE
from contract.times import time_text
from kube.resource import ObjectKey
from mover.scheduling import node_affinity
from mover.scheduling.circuit_breaker import Outage
from mover.scheduling.node_affinity import Mover

# A restore that keeps failing waits among the backups: it must not hold them up for ever.
GIVES_WAY = 3  # failed attempts
# Positions are exact up to here, and behind it only told as being over one of the edges.
NEAR = 10
EDGES = (NEAR, 30, 100, 300, 1000, 3000, 10000)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How many movers may work at once: in all, and on one node."""

    total: int
    per_node: int


@dataclass(frozen=True, kw_only=True)
class ClusterLoad:
    """What is at work in the cluster."""

    at_work: Mapping[str, str]  # uids of owners that have temporaries, and their roles
    retries: frozenset[str] = frozenset()  # of these the ones whose last attempt has failed
    movers: tuple[Mover, ...] = ()
    nodes: frozenset[str] = frozenset()  # that would take a mover

    def of(self, uids: frozenset[str]) -> "ClusterLoad":
        """What is at work for these owners. Anybody can write the uid of one that is not there."""
        return replace(
            self,
            at_work={uid: role for uid, role in self.at_work.items() if uid in uids},
            retries=self.retries & uids,
            movers=tuple(one for one in self.movers if not one.owner or one.owner in uids),
        )


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """An owner that wants a place, or that has one and wants to start its Job."""

    key: ObjectKey
    uid: str
    role: str
    since: datetime  # when it was due, or due again
    attempts: int = 0
    starts: bool = False  # its next step is its Job
    needs: frozenset[str] = frozenset()  # nodes of which its Job needs one; empty: any will do

    @property
    def order(self) -> tuple[bool, datetime, str]:
        """Restores before backups, then who has been due longest."""
        return self.role == SOURCE or self.attempts >= GIVES_WAY, self.since, self.uid


@dataclass(frozen=True, kw_only=True)
class Situation:
    """All that a decision depends on beside the waiting list."""

    load: ClusterLoad
    limits: Limits
    outage: Outage | None
    now: datetime

    @property
    def places(self) -> int:
        """How many may be at work. More than the nodes may run would only hold their volumes."""
        most = self.limits.per_node * len(self.load.nodes)
        return min(self.limits.total, most) if most else self.limits.total

    @property
    def places_for_retries(self) -> int:
        """How many of them may go to attempts after a failed one.

        Whatever keeps failing, and however long that takes each time, one place is for the others.
        """
        return max(self.places - 1, 1)

    @property
    def is_probed(self) -> bool:
        """Whether a mover that was made in the outage is still at work."""
        outage, movers = self.outage, self.load.movers
        return outage is not None and any(
            mover.made is None or mover.made >= outage.since for mover in movers
        )

    def holds_place(self, ticket: Ticket) -> bool:
        """Whether it is at work already."""
        return ticket.uid in self.load.at_work


@dataclass(frozen=True, kw_only=True)
class Placement:
    """A ticket that may start now, and the nodes on which its Job may run."""

    ticket: Ticket
    only: frozenset[str] = frozenset()  # empty: anywhere
    avoid: frozenset[str] = frozenset()


def startable(tickets: Collection[Ticket], situation: Situation) -> list[Placement]:
    """The tickets, given in order, that may start now. In an outage one starts at a time."""
    if situation.outage is None:
        return list(_placements(tickets, situation))
    if situation.now < situation.outage.probe_at or situation.is_probed:
        return []
    # Of those that keep failing some may have trouble of their own, which proves nothing.
    return sorted(_placements(tickets, situation), key=lambda item: item.ticket.attempts)[:1]


def _placements(tickets: Collection[Ticket], situation: Situation) -> Iterator[Placement]:
    free = situation.places - len(situation.load.at_work)
    free_for_retries = situation.places_for_retries - len(situation.load.retries)
    movers = list(situation.load.movers)
    # Those who hold a place go first: each that gets on gives its place back the sooner.
    for ticket in filter(situation.holds_place, tickets):
        placement = _placement(ticket, movers, situation)
        if placement:
            yield placement
    for ticket in tickets:
        if free <= 0:
            return
        if situation.holds_place(ticket) or (ticket.attempts and free_for_retries <= 0):
            continue
        placement = _placement(ticket, movers, situation)
        if placement:
            free -= 1
            free_for_retries -= bool(ticket.attempts)
            yield placement


def _placement(ticket: Ticket, movers: list[Mover], situation: Situation) -> Placement | None:
    """Where its Job may run, if a node has room; it then counts for the tickets behind it."""
    if not ticket.starts:
        return Placement(ticket=ticket)
    has_room, full = _room(ticket, movers, situation)
    if not has_room:
        return None
    only, avoid = ticket.needs - full, frozenset() if ticket.needs else full
    movers.append(Mover(owner=ticket.uid, only=only, avoids=avoid))
    return Placement(ticket=ticket, only=only, avoid=avoid)


def _room(
    ticket: Ticket, movers: Collection[Mover], situation: Situation
) -> tuple[bool, frozenset[str]]:
    """Whether a node has room for its Job, and the nodes that are full."""
    wanted = ticket.needs or situation.load.nodes
    nodes = wanted | {mover.node for mover in movers if mover.node}
    full = node_affinity.full(nodes, movers, situation.limits.per_node)
    return not wanted or bool(wanted - full), full


def reason(ticket: Ticket, position: int, total: int, situation: Situation) -> str:
    """Why a ticket waits. `position` counts from 1 among the `total` that hold no place.

    Far from the head it says little, so that a long list that moves changes few statuses.
    """
    limit, busy, movers = situation.places, situation.load.at_work, situation.load.movers
    is_near = position <= NEAR or situation.holds_place(ticket)
    if situation.outage:
        return _of_outage(situation.outage, is_near=is_near, is_tried=situation.is_probed)
    if not is_near:
        edge = max(edge for edge in EDGES if edge < position)
        return f"position over {edge}: the limit of movers is {limit}"
    if ticket.starts and not _room(ticket, movers, situation)[0]:
        where = f"node {' or '.join(sorted(ticket.needs))}" if ticket.needs else "any node"
        return f"no room on {where}: the limit of movers on a node is {situation.limits.per_node}"
    most = situation.places_for_retries
    if ticket.attempts and len(busy) < limit and len(situation.load.retries) >= most:
        return f"position {position} of {total}: the last place is for one that has not failed"
    restores = sum(role == DESTINATION for role in busy.values())
    at_work = f"{len(busy)} of {limit} movers are at work ({restores} restore)"
    return f"position {position} of {total}: {at_work}"


def _of_outage(outage: Outage, *, is_near: bool, is_tried: bool) -> str:
    if not is_near:
        return f"the repository fails since {time_text(outage.since)}"
    again = f"probing again at {time_text(outage.probe_at)}"
    return (
        f"the repository fails: {outage.last.reason}; {'a mover tries it' if is_tried else again}"
    )
