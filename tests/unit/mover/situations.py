"""Builders of what the scheduling policy decides by."""

from datetime import timedelta
from typing import Any

from contract.labels import SOURCE
from fakes.builders import NOW
from kube.resource import REPLICATION_DESTINATION, REPLICATION_SOURCE, ObjectKey
from mover.scheduling.circuit_breaker import Failure, Outage
from mover.scheduling.node_affinity import Mover
from mover.scheduling.policy import ClusterLoad, Limits, Situation, Ticket

NODES = ("a", "b", "c")
ANY: frozenset[str] = frozenset()


def ticket(uid: str, minutes: int = 0, role: str = SOURCE, **more: Any) -> Ticket:
    kind = REPLICATION_SOURCE if role == SOURCE else REPLICATION_DESTINATION
    since = NOW - timedelta(minutes=minutes)
    return Ticket(key=ObjectKey(kind, "media", uid), uid=uid, role=role, since=since, **more)


def situation(
    at_work: dict[str, str] | None = None,
    movers: tuple[Mover, ...] = (),
    nodes: frozenset[str] = ANY,
    total: int = 2,
    per_node: int = 1,
    outage: Outage | None = None,
) -> Situation:
    load = ClusterLoad(at_work=at_work or {}, movers=movers, nodes=nodes)
    limits = Limits(total=total, per_node=per_node)
    return Situation(load=load, limits=limits, outage=outage, now=NOW)


def outage(seconds: float = 3600) -> Outage:
    last = Failure(owner="x", when=NOW - timedelta(seconds=seconds), reason="it is away")
    return Outage(since=last.when, last=last)
