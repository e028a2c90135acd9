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
    SNAPSHOT_CONTENT,
    STORAGE_CLASS,
    Object,
    ObjectKey,
)
from mover import names
from mover.cluster import parse, snapshot_class
from mover.model import (
    ClusterState,
    DestinationView,
    Job,
    Pvc,
    Replication,
    SnapshotContent,
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
    space, copy = owner.namespace, names.source_copy(owner.stem)
    raw_pvc, raw_taken, raw_copy, job, content, carried = await asyncio.gather(
        api.get(resource.PVC, space, owner.claim) if owner.claim else _nothing(),
        api.get(resource.SNAPSHOT, space, names.source_copy(owner.name)),
        api.get(resource.PVC, owner.workplace, copy),
        _job(api, owner),
        api.get(SNAPSHOT_CONTENT, "", copy) if owner.is_apart else _nothing(),
        api.get(resource.SNAPSHOT, owner.workplace, copy) if owner.is_apart else _nothing(),
    )
    pvc, taken = parse.pvc(raw_pvc), parse.volume_snapshot(raw_taken)
    origin = await _content_of(api, taken) if owner.is_apart and not content else None
    cluster = await _cluster_state(api, owner, settings, pvc.storage_class if pvc else "")
    is_new = pvc is not None and owner.status.last_sync is None
    pods = []
    if pvc and ((is_new and pvc.restored_from) or not cluster.storage.has_snapshots):
        pods = await api.find(POD, space, "")
    return SourceView(
        owner=owner,
        pvc=pvc,
        snapshot=taken,
        origin=origin,
        content=parse.snapshot_content(content),
        copy=parse.volume_snapshot(carried),
        temporary_pvc=parse.pvc(raw_copy),
        job=job,
        used=pvc is not None and parse.is_used(pvc, pods),
        node=parse.node_of(owner.claim, pods),
        cluster=cluster,
    )


async def of_destination(api: Api, owner: Replication, settings: MoverSettings) -> DestinationView:
    """A destination with its temporaries, its images and what its Job needs."""
    storage_class = owner.parameters.get(SpecKey.STORAGE_CLASS, "")
    raw, job, images, taken, contents, cluster = await asyncio.gather(
        api.get(resource.PVC, owner.workplace, names.destination_volume(owner.stem)),
        _job(api, owner),
        _images(api, owner),
        _taken(api, owner) if owner.is_apart else _none(),
        _contents(api, owner) if owner.is_apart else _none(),
        _cluster_state(api, owner, settings, storage_class),
    )
    own = next((one for one in taken if attempt.belongs(one, owner)), None)
    temporary = parse.pvc(raw)
    is_old = temporary is not None and not attempt.belongs(temporary, owner)
    pvc = await _owning_pvc(api, owner) if is_old else None
    return DestinationView(
        owner=owner,
        temporary_pvc=temporary,
        job=job,
        images=images,
        taken=taken,
        contents=contents,
        origin=await _content_of(api, own),
        pvc=pvc,
        populating=pvc is not None and await _is_populating(api, owner),
        used=pvc is not None and await _is_used(api, owner, pvc),
        cluster=cluster,
    )


async def left_by(api: Api, owner: ObjectKey, workplace: str) -> list[tuple[Raw, str]]:
    """Metadata and kind of an owner's temporaries where movers work apart, in order of removal."""
    selector = names.owned_by(owner)
    kinds = (resource.JOB, resource.PVC, resource.SNAPSHOT, SNAPSHOT_CONTENT)
    spaces = (workplace, workplace, workplace, "")
    lists = await asyncio.gather(*map(api.find, kinds, spaces, [selector] * len(kinds)))
    return [
        (raw["metadata"], kind) for kind, raws in zip(kinds, lists, strict=True) for raw in raws
    ]


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
    raws = await api.find(resource.SNAPSHOT, owner.namespace, IMAGE)
    snapshots = [parse.volume_snapshot(raw) for raw in raws]
    return tuple(image for image in snapshots if image and image.owner == owner.uid)


async def _taken(api: Api, owner: Replication) -> tuple[VolumeSnapshot, ...]:
    """What an owner's restores have taken where the movers work, and those of a former owner."""
    selector = names.owned_by(owner.key)
    raws = await api.find(resource.SNAPSHOT, owner.workplace, selector)
    return tuple(filter(None, map(parse.volume_snapshot, raws)))


async def _contents(api: Api, owner: Replication) -> tuple[SnapshotContent, ...]:
    """What the mover has made for an owner's images, and for those of a former owner."""
    raws = await api.find(SNAPSHOT_CONTENT, "", names.owned_by(owner.key))
    return tuple(filter(None, map(parse.snapshot_content, raws)))


async def _content_of(api: Api, snapshot: VolumeSnapshot | None) -> SnapshotContent | None:
    """Where the storage has a snapshot; None while it has not."""
    if snapshot is None or not snapshot.content:
        return None
    return parse.snapshot_content(await api.get(SNAPSHOT_CONTENT, "", snapshot.content))


async def _job(api: Api, owner: Replication) -> Job | None:
    name, space = names.job(owner.role, owner.stem), owner.workplace
    raw = await api.get(resource.JOB, space, name)
    if raw is None:
        return None
    pod = parse.pod_of(raw, await api.find(POD, space, f"{JOB_NAME}={name}"))
    speaker = parse.speaker(raw, pod)
    return parse.job(raw, pod, await _events(api, speaker) if speaker else ())


async def _events(api: Api, speaker: Raw) -> list[Object]:
    """The events of a pod or a Job. They are words for people: without them the work goes on."""
    meta = speaker["metadata"]
    try:
        return await api.find(EVENT, meta["namespace"], "", f"{EVENT_OF}={meta['uid']}")
    except ApiError as error:
        log.warning("events of %s cannot be read: %s", meta["name"], error)
        return []


async def _cluster_state(
    api: Api, owner: Replication, settings: MoverSettings, storage_class: str
) -> ClusterState:
    if owner.status.started is None:
        return ClusterState()
    # Where movers work apart, neither the Secret nor their rights are the application's matter.
    secret = "" if owner.is_apart else attempt.secret_of(owner)
    pin, space, external, storage = await asyncio.gather(
        api.get(CONFIG_MAP, settings.repository_namespace, PIN_CONFIG_MAP),
        _nothing() if owner.is_apart else api.get(NAMESPACE, "", owner.namespace),
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


async def _none() -> tuple[()]:
    return ()
