"""The manifest of a mover's Job: no token, no privilege that it does not need, secrets as files."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from contract.environment import MoverSettings
from contract.repository import GID, MOUNT_PATH, UID, VOLUME
from mover import names
from mover.job import capabilities
from mover.job.task import VARIABLE, Task, encode
from mover.manifest.volume import metadata
from mover.model import Replication

CONTAINER = "mover"
# Volumes of the pod beside the repository's.
DATA, SECRET, STATE = "data", "secret", "state"
# To leave root, which the mover does before it runs kopia.
LEAVE_ROOT = ("SETUID", "SETGID")
STATE_LIMIT = "4Gi"  # kopia's cache, above the sizes that `kopia.repository` sets


def job(
    owner: Replication,
    config: MoverSettings,
    order: Task,
    *,
    volume: str,
    secret: str,
    privileged: bool,
    node: str = "",
) -> dict[str, Any]:
    """The Job that carries out an order on a volume, on a node where that one needs it."""
    is_source = order.backup is not None
    mounts = [
        {"name": STATE, "mountPath": order.state},
        {"name": DATA, "mountPath": order.data, "readOnly": is_source},
        {"name": SECRET, "mountPath": order.secret, "readOnly": True},
    ]
    volumes: list[dict[str, Any]] = [
        {"name": DATA, "persistentVolumeClaim": {"claimName": volume}},
        {"name": SECRET, "secret": {"secretName": secret, "defaultMode": 0o444}},
        {"name": STATE, "emptyDir": {"sizeLimit": STATE_LIMIT}},
    ]
    if config.export:
        mounts.append({"name": VOLUME, "mountPath": order.repository, "readOnly": not is_source})
        nfs = {**asdict(config.export), "readOnly": not is_source}
        volumes.append({"name": VOLUME, "nfs": nfs})
    container = {
        "name": CONTAINER,
        "image": config.image,
        "command": ["python", "-m", "mover.job"],
        "env": [{"name": VARIABLE, "value": encode(order)}],
        "resources": config.pods.resources.manifest(),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": _capabilities(privileged, is_source),
        },
        "terminationMessagePolicy": "File",
        "volumeMounts": mounts,
    }
    meta = metadata(owner, owner.workplace, names.job(owner.role, owner.stem))
    pod = {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "restartPolicy": "Never",
        # As process 1 it hears no signal; what it was doing is begun anew in any case.
        "terminationGracePeriodSeconds": 5,
        "securityContext": _pod_security(privileged, is_source),
        "containers": [container],
        "volumes": volumes,
        **config.pods.manifest(),
    }
    if node:
        pod["affinity"] = _on(node)
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": meta,
        "spec": {
            "backoffLimit": 0,  # the controller tries again, with a fresh copy of the volume
            "activeDeadlineSeconds": round(config.job_deadline),
            "template": {"metadata": {"labels": dict(meta["labels"])}, "spec": pod},
        },
    }


def _on(node: str) -> dict[str, Any]:
    # A volume that one node has attached cannot be mounted on another one.
    field = {"key": "metadata.name", "operator": "In", "values": [node]}
    terms = {"nodeSelectorTerms": [{"matchFields": [field]}]}
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}


def _capabilities(privileged: bool, is_source: bool) -> dict[str, list[str]]:
    if not privileged:
        return {"drop": ["ALL"]}
    return {
        "drop": ["ALL"],
        "add": [*(capabilities.READ if is_source else capabilities.WRITE), *LEAVE_ROOT],
    }


def _pod_security(privileged: bool, is_source: bool) -> dict[str, Any]:
    common: dict[str, Any] = {"seccompProfile": {"type": "RuntimeDefault"}}
    if privileged:
        return {"runAsUser": 0, "runAsGroup": 0, **common}
    own: dict[str, Any] = {"runAsUser": UID, "runAsGroup": GID, "runAsNonRoot": True}
    # A new volume belongs to root. On a source kubelet would change the groups that we back up.
    return {**own, **common} if is_source else {**own, "fsGroup": GID, **common}


def has_repository(job: Mapping[str, Any]) -> bool:
    """Whether the repository's volume reaches every container of the Job."""
    pod = job["spec"]["template"]["spec"]
    mounted = all(
        any(
            mount.get("name") == VOLUME and mount.get("mountPath") == MOUNT_PATH
            for mount in container.get("volumeMounts", ())
        )
        for container in pod["containers"]
    )
    return mounted and any(volume.get("name") == VOLUME for volume in pod.get("volumes", ()))
