"""Which nodes have room for one more mover, and how a Job keeps off the others. Pure."""

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


def avoiding(job: Manifest, nodes: frozenset[str]) -> Manifest:
    """The same Job, kept off these nodes as far as it may run there at all."""
    nodes = nodes & (only(job) or nodes)
    if not nodes:
        return job
    # Kubernetes takes one name for each requirement, and all of a term must hold.
    off = [{"key": FIELD, "operator": "NotIn", "values": [node]} for node in sorted(nodes)]
    changed = copy.deepcopy(dict(job))
    pod = changed["spec"]["template"]["spec"]
    affinity = pod.setdefault("affinity", {}).setdefault("nodeAffinity", {})
    terms = affinity.setdefault(REQUIRED, {}).setdefault("nodeSelectorTerms", [{}])
    for term in terms:
        term["matchFields"] = [*term.get("matchFields", ()), *off]
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
