"""Node affinity of movers: which nodes have room, and how a Job is kept on or off some. Pure."""

import copy
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

# A field, not the label with the host's name: that one need not be the node's name.
FIELD = "metadata.name"
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"

Manifest = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Mover:
    """A Job that has not ended, or is about to be made, with what its pod says."""

    owner: str  # uid
    namespace: str = ""
    job: str = ""
    uid: str = ""  # of the Job
    made: datetime | None = None  # None: it is about to be
    node: str = ""  # "" until the scheduler has chosen
    only: frozenset[str] = frozenset()  # where it must run; empty: anywhere
    avoids: frozenset[str] = frozenset()
    stuck_since: datetime | None = None  # when the scheduler found no node

    def may_be_on(self, node: str) -> bool:
        """Whether it runs there, or may come to."""
        if self.node:
            return self.node == node
        return node not in self.avoids and (not self.only or node in self.only)


def full(nodes: Iterable[str], movers: Collection[Mover], limit: int) -> frozenset[str]:
    """Nodes that can take no more. A mover without a node counts on each that it may come to."""
    return frozenset(
        node for node in nodes if sum(mover.may_be_on(node) for mover in movers) >= limit
    )


def only(job: Manifest) -> frozenset[str]:
    """The nodes that a Job must run on; empty where it may run anywhere."""
    return _named(job, "In")


def avoided(job: Manifest) -> frozenset[str]:
    """The nodes that a Job keeps off."""
    return _named(job, "NotIn")


def kept_on(job: Manifest, nodes: Collection[str]) -> Manifest:
    """The same Job, which must run on one of these nodes."""
    return _with(job, [{"matchFields": [_field("In", node)]} for node in sorted(nodes)])


def kept_off(job: Manifest, nodes: Collection[str]) -> Manifest:
    """The same Job, which must not run on any of these nodes."""
    fields = [_field("NotIn", node) for node in sorted(nodes)]
    return _with(job, [{"matchFields": fields}]) if fields else job


def _field(operator: str, node: str) -> dict[str, Any]:
    # Kubernetes takes one value only. All fields of a term must hold, but one term is enough.
    return {"key": FIELD, "operator": operator, "values": [node]}


def _with(job: Manifest, terms: list[dict[str, Any]]) -> Manifest:
    changed = copy.deepcopy(dict(job))
    pod = changed["spec"]["template"]["spec"]
    pod["affinity"] = {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": terms}}}
    return changed


def _named(job: Manifest, operator: str) -> frozenset[str]:
    pod = job["spec"]["template"]["spec"]
    affinity = (pod.get("affinity") or {}).get("nodeAffinity") or {}
    return frozenset(
        value
        for term in (affinity.get(REQUIRED) or {}).get("nodeSelectorTerms") or ()
        for field in term.get("matchFields") or ()
        if field["key"] == FIELD and field["operator"] == operator
        for value in field["values"]
    )
