"""Reads from the API all that the next step of one object depends on."""

import asyncio
import logging

from contract.environment import MoverSettings
from contract.labels import (
    BOUND,
    CREATED_BY,
    DESTINATION,
    POPULATOR_PREFIX,
    PRIVILEGED_MOVERS,
    ROLE,
    VOLSYNC,
)
from contract.repository import PIN_CONFIG_MAP, pinned
from contract.volsync import SpecKey
from kube import resource
from kube.api import Api, ApiError
from kube.fields import Raw
from kube.resource import (
    CONFIG_MAP,
    EVENT,
    EXTERNAL_SECRET,
    NAMESPACE,
    POD,
    SNAPSHOT_CLASS,
    STORAGE_CLASS,
    Object,
)
from mover import names
from mover.cluster import parse, snapshot_class
from mover.model import (
    ClusterState,
    DestinationView,
    Job,
    Pvc,
    Replication,
    SourceView,
    Storage,
    VolumeSnapshot,
)
from mover.plan import attempt

log = logging.getLogger(__name__)

IMAGE = f"{CREATED_BY}={VOLSYNC},{ROLE}={DESTINATION}"
JOB_NAME = "batch.kubernetes.io/job-name"
EVENT_OF = "involvedObject.uid"  # a field selector


async def of_source(api: Api, owner: Replication, settings: MoverSettings) -> SourceView:
    """A source with its PVC, its temporaries and what its Job needs."""
    copy = names.source_copy(owner.name)
    space = owner.namespace
    raw_pvc, taken, raw_copy, job = await asyncio.gather(
        api.get(resource.PVC, space, owner.claim) if owner.claim else _nothing(),
        api.get(resource.SNAPSHOT, space, copy),
        api.get(resource.PVC, space, copy),
        _job(api, owner),
    )
    pvc = parse.pvc(raw_pvc)
    cluster = await _cluster_state(api, owner, settings, pvc.storage_class if pvc else "")
    is_new = pvc is not None and owner.status.last_sync is None
    pods = []
    if pvc and ((is_new and pvc.restored_from) or not cluster.storage.has_snapshots):
        pods = await api.find(POD, space, "")
    return SourceView(
        owner=owner,
        pvc=pvc,
        snapshot=parse.volume_snapshot(taken),
        temporary_pvc=parse.pvc(raw_copy),
        job=job,
        used=pvc is not None and parse.is_used(pvc, pods),
        node=parse.node_of(owner.claim, pods),
        cluster=cluster,
    )


async def of_destination(api: Api, owner: Replication, settings: MoverSettings) -> DestinationView:
    """A destination with its temporaries, its images and what its Job needs."""
    storage_class = owner.parameters.get(SpecKey.STORAGE_CLASS, "")
    raw, job, images, cluster = await asyncio.gather(
        api.get(resource.PVC, owner.namespace, names.destination_volume(owner.name)),
        _job(api, owner),
        _images(api, owner),
        _cluster_state(api, owner, settings, storage_class),
    )
    temporary = parse.pvc(raw)
    is_old = temporary is not None and not attempt.belongs(temporary, owner)
    pvc = await _owning_pvc(api, owner) if is_old else None
    return DestinationView(
        owner=owner,
        temporary_pvc=temporary,
        job=job,
        images=images,
        pvc=pvc,
        populating=pvc is not None and await _is_populating(api, owner),
        used=pvc is not None and await _is_used(api, owner, pvc),
        cluster=cluster,
    )


async def _owning_pvc(api: Api, owner: Replication) -> Pvc | None:
    """The PVC that owns the destination; not another one that has its name now."""
    if not owner.claim:
        return None
    pvc = parse.pvc(await api.get(resource.PVC, owner.namespace, owner.claim))
    return pvc if pvc and pvc.uid == owner.claim_uid else None


async def _is_populating(api: Api, owner: Replication) -> bool:
    name = f"{POPULATOR_PREFIX}{owner.claim_uid}"
    return await api.get(resource.PVC, owner.namespace, name) is not None


async def _is_used(api: Api, owner: Replication, pvc: Pvc) -> bool:
    if pvc.phase != BOUND:
        return False
    return parse.is_used(pvc, await api.find(POD, owner.namespace, ""))


async def _images(api: Api, owner: Replication) -> tuple[VolumeSnapshot, ...]:
    snapshots = [
        parse.volume_snapshot(raw)
        for raw in await api.find(resource.SNAPSHOT, owner.namespace, IMAGE)
    ]
    return tuple(image for image in snapshots if image and image.owner == owner.uid)


async def _job(api: Api, owner: Replication) -> Job | None:
    name = names.job(owner.role, owner.name)
    raw = await api.get(resource.JOB, owner.namespace, name)
    if raw is None:
        return None
    pod = parse.pod_of(raw, await api.find(POD, owner.namespace, f"{JOB_NAME}={name}"))
    return parse.job(raw, pod, await _events(api, pod) if parse.is_preparing(pod) else ())


async def _events(api: Api, pod: Raw) -> list[Object]:
    """The events of a pod. They are words for people: without them the work goes on."""
    meta = pod["metadata"]
    try:
        return await api.find(EVENT, meta["namespace"], "", f"{EVENT_OF}={meta['uid']}")
    except ApiError as error:
        log.warning("events of pod %s cannot be read: %s", meta["name"], error)
        return []


async def _cluster_state(
    api: Api, owner: Replication, settings: MoverSettings, storage_class: str
) -> ClusterState:
    if owner.status.started is None:
        return ClusterState()
    secret = owner.parameters.get(SpecKey.SECRET, "")
    pin, space, external, storage = await asyncio.gather(
        api.get(CONFIG_MAP, settings.repository_namespace, PIN_CONFIG_MAP),
        api.get(NAMESPACE, "", owner.namespace),
        api.get(EXTERNAL_SECRET, owner.namespace, secret) if secret else _nothing(),
        _storage(api, storage_class, settings.snapshot_class),
    )
    marks = (space or {}).get("metadata", {}).get("annotations") or {}
    return ClusterState(
        pin=pinned(pin),
        privileged=marks.get(PRIVILEGED_MOVERS) != "false",
        secret_problem=parse.secret_problem(external),
        storage=storage,
    )


async def _storage(api: Api, storage_class: str, configured: str) -> Storage:
    raw, classes = await asyncio.gather(
        api.get(STORAGE_CLASS, "", storage_class) if storage_class else _nothing(),
        api.find(SNAPSHOT_CLASS, "", ""),
    )
    return snapshot_class.storage(raw, classes, configured)


async def _nothing() -> Object | None:
    return None
