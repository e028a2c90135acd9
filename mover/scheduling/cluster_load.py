"""Reads from the API what movers run: owners with temporaries, their Jobs and pods, the nodes."""

import asyncio
import itertools
from collections.abc import Iterable, Iterator
from datetime import datetime

from contract.labels import CREATED_BY, DESTINATION, ROLE, SOURCE, VOLSYNC
from contract.pods import MoverPods
from contract.times import parse_lenient
from kube import fields, resource
from kube.api import Api
from kube.resource import NODE, POD, Object
from mover import names
from mover.cluster.fetch import IMAGE
from mover.cluster.parse import owner_uid
from mover.scheduling import node_affinity
from mover.scheduling.node_affinity import Mover
from mover.scheduling.policy import ClusterLoad

TEMPORARY = f"{CREATED_BY}={VOLSYNC},{ROLE}"
TAKEN = f"{CREATED_BY}={VOLSYNC},{ROLE}={SOURCE}"
# The scheduler says so of a pod whose volume is still being made; no node is at fault.
UNBOUND = "unbound immediate"


async def look(api: Api, nodes: frozenset[str], workplaces: Iterable[str] = ("",)) -> ClusterLoad:
    """What is at work now, in a cluster with these nodes; Jobs are in these namespaces."""
    jobs, pods, volumes, taken = await asyncio.gather(
        _jobs(api, workplaces),
        api.find(POD, "", TEMPORARY),
        api.find(resource.PVC, "", TEMPORARY),
        api.find(resource.SNAPSHOT, "", TAKEN),
    )
    kept = await _kept(api, [item for item in volumes if _role(item) == DESTINATION])
    items = [*jobs, *taken, *(item for item in volumes if item["metadata"]["uid"] not in kept)]
    return ClusterLoad(
        at_work={_attempt(item)[0]: _role(item) for item in items if _attempt(item)[0]},
        retries=frozenset(uid for uid, sync in map(_attempt, items) if names.is_retry(sync)),
        movers=tuple(movers(jobs, pods)),
        nodes=nodes,
    )


async def _jobs(api: Api, workplaces: Iterable[str]) -> list[Object]:
    lists = await asyncio.gather(
        *(api.find(resource.JOB, space, TEMPORARY) for space in workplaces)
    )
    return list(itertools.chain.from_iterable(lists))


async def _kept(api: Api, volumes: list[Object]) -> set[str]:
    """Uids of volumes that are only kept for an image that is ready."""
    spaces = sorted({item["metadata"]["namespace"] for item in volumes})
    listings = await asyncio.gather(
        *(api.find(resource.SNAPSHOT, space, IMAGE) for space in spaces)
    )
    ready = {_attempt(image) for images in listings for image in images if _is_ready(image)}
    return {item["metadata"]["uid"] for item in volumes if _attempt(item) in ready}


async def nodes(api: Api, pods: MoverPods) -> frozenset[str]:
    """The nodes that a mover's pod can be sent to."""
    return frozenset(
        node["metadata"]["name"]
        for node in await api.find(NODE, "", "")
        if pods.takes(node) and takes_new_pods(node)
    )


def takes_new_pods(node: Object) -> bool:
    """Whether it is ready, and nobody drains it."""
    is_drained = (node.get("spec") or {}).get("unschedulable")
    return fields.is_true(node, fields.READY) and not is_drained


def movers(jobs: Iterable[Object], pods: Iterable[Object]) -> Iterator[Mover]:
    """Jobs that have not ended, and pods that are still there without one."""
    of_job = {_controller(pod): pod for pod in pods}
    for job in jobs:
        if not fields.job_end(job):
            yield _mover(job, of_job.pop(job["metadata"]["uid"], {}))
    for pod in of_job.values():
        if fields.phase(pod) not in fields.POD_ENDED:
            yield Mover(owner="", node=_node(pod), made=_made(pod))


def _mover(job: Object, pod: Object) -> Mover:
    meta = job["metadata"]
    return Mover(
        owner=owner_uid(job),
        namespace=meta["namespace"],
        job=meta["name"],
        uid=meta["uid"],
        made=_made(job),
        node=_node(pod),
        only=node_affinity.only(job),
        avoids=node_affinity.avoided(job),
        stuck_since=None if "deletionTimestamp" in meta else _stuck_since(pod),
    )


def _stuck_since(pod: Object) -> datetime | None:
    """Since when the scheduler finds no node."""
    condition = fields.unscheduled(pod)
    is_early = UNBOUND in condition.get("message", "")
    return None if is_early else parse_lenient(condition.get("lastTransitionTime"))


def _made(raw: Object) -> datetime | None:
    return parse_lenient(raw["metadata"].get("creationTimestamp"))


def _node(pod: Object) -> str:
    return (pod.get("spec") or {}).get("nodeName") or ""


def _role(raw: Object) -> str:
    return raw["metadata"]["labels"][ROLE]


def _controller(raw: Object) -> str:
    return fields.controller(raw).get("uid", "")


def _attempt(raw: Object) -> tuple[str, str]:
    """The owner's uid and which of its attempts."""
    return owner_uid(raw), fields.annotations(raw).get(names.SYNC, "")


def _is_ready(raw: Object) -> bool:
    return fields.status(raw).get("readyToUse") is True
