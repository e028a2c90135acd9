"""The manifest of a mover's Job: no token, no privilege that it does not need, secrets as files."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from contract.environment import STATE_PATH, MoverSettings
from contract.labels import SOURCE
from contract.names import DATA_PATH, Identity
from contract.repository import GID, MOUNT_PATH, SECRET_MOUNT, UID, VOLUME
from mover import names, settings
from mover.job import capabilities
from mover.manifest.volume import metadata
from mover.model import Owner

CONTAINER = "mover"
COMMAND = {True: "backup", False: "restore"}  # by "is a source"
# kopia ends before its Job does, so that people get its reason and not a time-out.
DEADLINE_MARGIN = 300.0  # seconds
# To leave root, which the mover does before it runs kopia.
LEAVE_ROOT = ("SETUID", "SETGID")
STATE_LIMIT = "4Gi"  # kopia's cache, above the sizes that `kopia.repository` sets


@dataclass(frozen=True, kw_only=True)
class Backup:
    """What only the Job of a source is told."""

    retention: Mapping[str, int]
    accepted: str = ""  # the snapshot whose loss of files a person has accepted
    is_live: bool = False  # it reads the PVC itself, not a frozen copy
    node: str = ""  # where it must run, as the PVC is in use there


def job(
    owner: Owner,
    config: MoverSettings,
    *,
    volume: str,
    secret: str,
    identity: Identity,
    pin: str,
    privileged: bool,
    snapshot: str = "",
    backup: Backup | None = None,
) -> dict[str, Any]:
    """The Job that moves one volume once."""
    is_source = owner.role == SOURCE
    data = DATA_PATH if is_source else settings.RESTORE_PATH
    environment = {
        settings.REPOSITORY_ID: pin,
        settings.USERNAME: identity.user,
        settings.HOSTNAME: identity.host,
        settings.DEADLINE: f"{max(config.job_deadline - DEADLINE_MARGIN, 1):.0f}",
        settings.STATE: STATE_PATH,
        settings.DATA: data,
    }
    if snapshot:
        environment[settings.SNAPSHOT] = snapshot
    if backup:
        environment |= {
            settings.RETAIN: ",".join(f"{k}={v}" for k, v in backup.retention.items()),
            settings.UNREADABLE: config.unreadable_files.value,
            settings.ACCEPTED: backup.accepted,
            settings.LIVE: "true" if backup.is_live else "false",
        }
    mounts = [
        {"name": "state", "mountPath": STATE_PATH},
        {"name": "data", "mountPath": data, "readOnly": is_source},
        {"name": "secret", "mountPath": SECRET_MOUNT, "readOnly": True},
    ]
    volumes: list[dict[str, Any]] = [
        {"name": "data", "persistentVolumeClaim": {"claimName": volume}},
        {"name": "secret", "secret": {"secretName": secret, "defaultMode": 0o444}},
        {"name": "state", "emptyDir": {"sizeLimit": STATE_LIMIT}},
    ]
    if config.export:
        mounts.append({"name": VOLUME, "mountPath": MOUNT_PATH, "readOnly": not is_source})
        nfs = {**asdict(config.export), "readOnly": not is_source}
        volumes.append({"name": VOLUME, "nfs": nfs})
    container = {
        "name": CONTAINER,
        "image": config.image,
        "command": ["python", "-m", "mover.job"],
        "args": [COMMAND[is_source]],
        "env": [{"name": key, "value": value} for key, value in environment.items()],
        "resources": {"requests": {"cpu": config.job_cpu, "memory": config.job_memory}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": _capabilities(privileged, is_source),
        },
        "terminationMessagePolicy": "File",
        "volumeMounts": mounts,
    }
    meta = metadata(owner, names.job(owner.role, owner.name))
    pod = {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "restartPolicy": "Never",
        # As process 1 it hears no signal; what it was doing is begun anew in any case.
        "terminationGracePeriodSeconds": 5,
        "securityContext": _pod_security(privileged, is_source),
        "containers": [container],
        "volumes": volumes,
    }
    if backup and backup.node:
        pod["affinity"] = _on(backup.node)
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
