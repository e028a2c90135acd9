"""Parses API objects into the plain values that plans read. Pure."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from contract.environment import MoverSettings
from contract.labels import (
    CREATED_BY,
    DESTINATION,
    DO_NOT_DELETE,
    POPULATOR_IN_USE,
    ROLE,
    SOURCE,
    VOLSYNC,
)
from contract.times import parse_lenient
from contract.volsync import PROVIDER
from kube import fields, resource
from kube.fields import Raw
from mover import names, result, status
from mover.cluster import pod_start
from mover.manifest.job import CONTAINER, has_repository
from mover.model import Job, Phase, Pvc, Replication, SnapshotContent, VolumeSnapshot

EPOCH = "1970-01-01T00:00:00Z"
PHASE = {
    fields.FAILED: Phase.FAILED,
    fields.COMPLETE: Phase.SUCCEEDED,
    "": Phase.RUNNING,
}


def replication(raw: Raw, now: datetime, settings: MoverSettings) -> Replication | None:
    """A ReplicationSource or ReplicationDestination; None where another provider serves it."""
    meta, spec = raw["metadata"], raw.get("spec") or {}
    external = spec.get("external") or {}
    if external.get("provider") != PROVIDER:
        return None
    is_source = raw["kind"] == resource.REPLICATION_SOURCE
    ref = fields.owner_of_kind(raw, resource.PVC)
    trigger = spec.get("trigger") or {}
    return Replication(
        kind=raw["kind"],
        role=SOURCE if is_source else DESTINATION,
        namespace=meta["namespace"],
        name=meta["name"],
        uid=meta["uid"],
        version=meta["resourceVersion"],
        workplace=settings.workplace(meta["namespace"]),
        terminating="deletionTimestamp" in meta,
        paused=bool(spec.get("paused")),
        schedule=(trigger.get("schedule") or "") if is_source else "",
        manual=trigger.get("manual") or "",
        claim=(spec.get("sourcePVC") or "") if is_source else ref.get("name", ""),
        claim_uid=ref.get("uid", ""),
        parameters=external.get("parameters") or {},
        status=status.parse(raw.get("status"), now),
    )


def owner_uid(raw: Raw) -> str:
    """The uid of a temporary's owner, wherever that is; "" where it has none."""
    uid = fields.controller(raw).get("uid", "")
    return uid or fields.annotations(raw).get(names.OWNER_UID, "")


def _child(raw: Raw) -> dict[str, Any]:
    meta = raw["metadata"]
    created = parse_lenient(meta.get("creationTimestamp", EPOCH))
    marks, marked = fields.annotations(raw), fields.labels(raw)
    return {
        "kind": raw["kind"],
        "namespace": meta.get("namespace", ""),
        "name": meta["name"],
        "uid": meta["uid"],
        "version": meta["resourceVersion"],
        "created": created,
        "owner": owner_uid(raw),
        "sync": marks.get(names.SYNC, ""),
        "made_here": marked.get(CREATED_BY) == VOLSYNC and ROLE in marked,
        "terminating": "deletionTimestamp" in meta,
        "going_since": parse_lenient(marks.get(names.TOUCHED) or meta.get("deletionTimestamp")),
    }


def pvc(raw: Raw | None) -> Pvc | None:
    """A PVC."""
    if raw is None:
        return None
    spec, marks = raw["spec"], fields.annotations(raw)
    return Pvc(
        **_child(raw),
        phase=fields.phase(raw),
        request=spec["resources"]["requests"]["storage"],
        storage_class=spec.get("storageClassName") or "",
        modes=tuple(spec.get("accessModes") or ()),
        mode=spec.get("volumeMode") or "Filesystem",
        restored_from=fields.restored_from(raw),
        annotations=marks,
    )


def volume_snapshot(raw: Raw | None) -> VolumeSnapshot | None:
    """A VolumeSnapshot."""
    if raw is None:
        return None
    state, marks = fields.status(raw), fields.labels(raw)
    return VolumeSnapshot(
        **_child(raw),
        ready=state.get("readyToUse") is True,
        content=state.get("boundVolumeSnapshotContentName") or "",
        error=((state.get("error") or {}).get("message") or "")[:300],
        size=state.get("restoreSize") or "0",
        in_use=any(key.startswith(POPULATOR_IN_USE) or key == DO_NOT_DELETE for key in marks),
        result=result.decode(fields.annotations(raw).get(names.RESULT)),
    )


def snapshot_content(raw: Raw | None) -> SnapshotContent | None:
    """A VolumeSnapshotContent."""
    if raw is None:
        return None
    spec = raw["spec"]
    handle = fields.status(raw).get("snapshotHandle") or spec["source"].get("snapshotHandle")
    return SnapshotContent(
        **_child(raw),
        driver=spec["driver"],
        handle=handle or "",
        volume_mode=spec.get("sourceVolumeMode") or "",
    )


def pod_of(job: Raw, pods: Iterable[Raw]) -> Raw:
    """The Job's own pod; an empty one where it has none yet."""
    own = [pod for pod in pods if fields.is_owned_by(pod, job["metadata"]["uid"])]
    return own[-1] if own else {}


def speaker(job: Raw, pod: Raw) -> Raw | None:
    """Whose events alone tell what keeps a mover from starting; None where others do.

    The Job's own while it has no pod: a quota, a LimitRange or Pod Security judges pods, and its
    words reach the Job controller. The pod's while kubelet prepares it.
    """
    if not pod:
        return None if fields.job_end(job) else job
    container = _container(pod)
    waiting = container.get("waiting") or {}
    is_silent = not _has_run(container) and pod_start.is_preparing(pod, waiting)
    return pod if is_silent else None


def job(raw: Raw | None, pod: Raw, events: Iterable[Raw] = ()) -> Job | None:
    """A Job, with what its pod says, and the events of its `speaker`."""
    if raw is None:
        return None
    end = fields.job_end(raw)
    container = _container(pod)
    ended = container.get("terminated") or {}
    has_run = _has_run(container)
    obstacle = pod_start.obstacle(pod, container.get("waiting") or {}, () if has_run else events)
    failure = _failure(fields.condition(raw, end) if end == fields.FAILED else {}, ended)
    return Job(
        **_child(raw),
        phase=PHASE[end],
        started=has_run,
        mounted=has_repository(raw),
        reason=failure or obstacle.text,
        is_refused=obstacle.is_refusal,
        lacks_repository=obstacle.of_repository,
        result=result.decode(ended.get("message")),
    )


def is_used(pvc: Pvc, pods: Iterable[Raw]) -> bool:
    """Whether a container has started with this very PVC, not with a former one of its name.

    Containers bear the times of their node's clock. So a pod that is alive counts whatever they
    say, as Kubernetes lets no PVC go before the pods that have it, and so does a younger pod.
    """
    return any(
        started >= pvc.created or _is_of(pvc, pod)
        for pod in pods
        if _mounts(pod, pvc.name)
        for kind in ("initContainerStatuses", "containerStatuses")
        for container in fields.status(pod).get(kind) or ()
        for state in (container.get("state") or {}, container.get("lastState") or {})
        for how in ("running", "terminated")
        if (started := parse_lenient((state.get(how) or {}).get("startedAt")))
    )


def _is_of(pvc: Pvc, pod: Raw) -> bool:
    created = parse_lenient((pod.get("metadata") or {}).get("creationTimestamp"))
    is_younger = created is not None and created >= pvc.created
    return is_younger or fields.phase(pod) not in fields.POD_ENDED


def node_of(claim: str, pods: Iterable[Raw]) -> str:
    """The node on which a live pod has the PVC mounted; "" where none has."""
    nodes = (
        (pod.get("spec") or {}).get("nodeName", "")
        for pod in pods
        if _mounts(pod, claim) and fields.phase(pod) not in fields.POD_ENDED
    )
    return next(filter(None, nodes), "")


def _mounts(pod: Raw, claim: str) -> bool:
    volumes = (pod.get("spec") or {}).get("volumes") or ()
    return any((v.get("persistentVolumeClaim") or {}).get("claimName") == claim for v in volumes)


def _container(pod: Raw) -> Raw:
    """The state of the mover's container."""
    statuses = fields.status(pod).get("containerStatuses") or ()
    mine = next((c for c in statuses if c.get("name") == CONTAINER), {})
    return mine.get("state") or {}


def _has_run(container: Raw) -> bool:
    return bool(container.get("terminated") or container.get("running"))


def _failure(failure: Raw, ended: Raw) -> str:
    """Why a Job failed; "" where it has not."""
    if ended.get("exitCode"):
        return f"the mover ended with exit code {ended['exitCode']} ({ended.get('reason', '')})"
    return failure.get("message") or failure.get("reason") or ""


def secret_problem(raw: Raw | None) -> str:
    """Why the Secret is not there yet, by its ExternalSecret; a Secret of another making has none.

    Secrets themselves are not read: the controller needs no right to any password.
    """
    if raw is None or fields.is_filled(raw):
        return ""
    name = raw["metadata"]["name"]
    ready = fields.condition(raw, fields.READY)
    if ready:
        return f"ExternalSecret {name} is not ready: {ready.get('message', '')}"[:300]
    return f"ExternalSecret {name} is not ready yet"
