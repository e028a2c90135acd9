"""What our pods have in common: not root, no privileges, no token, a read-only root file system."""

from collections.abc import Mapping

from pulumi_kubernetes.core.v1 import (
    ContainerArgsDict,
    EnvVarArgsDict,
    PodSecurityContextArgsDict,
    ProbeArgsDict,
    ResourceRequirementsArgsDict,
    SecurityContextArgsDict,
    VolumeArgsDict,
    VolumeMountArgsDict,
)
from pulumi_kubernetes.meta.v1 import ObjectMetaArgsDict

from contract.answer import LIVEZ, READYZ
from contract.environment import STATE_PATH, ReaderSettings
from contract.labels import MANAGED_BY, PART_OF, PROJECT, PULUMI
from contract.repository import (
    GID,
    MOUNT_PATH,
    PIN_CONFIG_MAP,
    PIN_MOUNT,
    SECRET_MOUNT,
    SYSTEM_SECRET,
    UID,
    VOLUME,
    NfsExport,
)
from contract.scope import VOLSYNC_NAMESPACE

NAME = "app.kubernetes.io/name"
NAMESPACE_NAME = "kubernetes.io/metadata.name"

# Of a namespace of ours: no host paths, no host network, no privileges. `restricted` would forbid
# the NFS volume that nearly all of our pods have, and root, which movers need.
POD_SECURITY = {f"pod-security.kubernetes.io/{way}": "baseline" for way in ("enforce", "warn")}

SECRET_VOLUME = "kopia"  # noqa: S105 - a volume's name
SECRET_MODE = 0o440  # for the pod's group, which is the fsGroup
PIN_VOLUME = "pin"
STATE = "state"


# Of everything that the program makes.
COMMON = {PART_OF: PROJECT, MANAGED_BY: PULUMI}


def labels(name: str) -> dict[str, str]:
    """Labels of everything that belongs to a part."""
    return {NAME: name, **COMMON}


def selector(name: str) -> dict[str, str]:
    """Labels by which a part's pods are found; never to change while it runs."""
    return {NAME: name}


def metadata(name: str, namespace: str = VOLSYNC_NAMESPACE) -> ObjectMetaArgsDict:
    """Metadata of a part's object, by default in the namespace where almost all parts live."""
    return {"name": name, "namespace": namespace, "labels": labels(name)}


def pod_security() -> PodSecurityContextArgsDict:
    """Runs the pod as the user that owns the repository's files, which are 0600."""
    return {
        "run_as_non_root": True,
        "run_as_user": UID,
        "run_as_group": GID,
        "fs_group": GID,
        "seccomp_profile": {"type": "RuntimeDefault"},
    }


def container_security() -> SecurityContextArgsDict:
    """No privilege escalation, a read-only root file system."""
    return {
        "allow_privilege_escalation": False,
        "privileged": False,
        "read_only_root_filesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def resources(memory: str, limit: str) -> ResourceRequirementsArgsDict:
    """Memory request and limit. No limit on CPU: throttled kopia would miss its deadlines."""
    return {"requests": {"cpu": "20m", "memory": memory}, "limits": {"memory": limit}}


def environment(values: Mapping[str, str]) -> list[EnvVarArgsDict]:
    """Environment variables in a stable order."""
    return [{"name": name, "value": values[name]} for name in sorted(values)]


def secret_environment(name: str, secret: str, key: str) -> EnvVarArgsDict:
    """An environment variable from a key of a Secret."""
    return {"name": name, "value_from": {"secret_key_ref": {"name": secret, "key": key}}}


def container(
    name: str,
    *,
    image: str,
    command: list[str],
    env: list[EnvVarArgsDict],
    memory: ResourceRequirementsArgsDict,
    mounts: list[VolumeMountArgsDict],
) -> ContainerArgsDict:
    """A container with everything that no container of ours may lack."""
    return {
        "name": name,
        "image": image,
        "image_pull_policy": "IfNotPresent",
        "command": command,
        "env": env,
        "resources": memory,
        "security_context": container_security(),
        # Its last words end up in the pod's status, where `kubectl describe` shows them.
        "termination_message_policy": "FallbackToLogsOnError",
        "volume_mounts": mounts,
    }


def http_probe(path: str, port: str, period: int) -> ProbeArgsDict:
    """An HTTP probe every `period` seconds."""
    return {
        "http_get": {"path": path, "port": port},
        "period_seconds": period,
        "timeout_seconds": 5,
        "failure_threshold": 3,
    }


def repository_volumes(export: NfsExport, *, read_only: bool) -> list[VolumeArgsDict]:
    """The export, the system's Secret as files, and a volume for kopia's own files."""
    return [
        {
            "name": VOLUME,
            "nfs": {"server": export.server, "path": export.path, "read_only": read_only},
        },
        {
            "name": SECRET_VOLUME,
            # Optional: a pod without it starts and says so, instead of waiting without words.
            "secret": {
                "secret_name": SYSTEM_SECRET,
                "default_mode": SECRET_MODE,
                "optional": True,
            },
        },
        {"name": STATE, "empty_dir": {}},
    ]


def repository_mounts(*, read_only: bool) -> list[VolumeMountArgsDict]:
    """Where the volumes of `repository_volumes` lie in a container."""
    return [
        {"name": VOLUME, "mount_path": MOUNT_PATH, "read_only": read_only},
        {"name": SECRET_VOLUME, "mount_path": SECRET_MOUNT, "read_only": True},
        {"name": STATE, "mount_path": STATE_PATH},
    ]


def pin_volume() -> VolumeArgsDict:
    """The ConfigMap with the pin. Optional: without it a pod still starts, and answers unknown."""
    return {"name": PIN_VOLUME, "config_map": {"name": PIN_CONFIG_MAP, "optional": True}}


def pin_mount() -> VolumeMountArgsDict:
    """The pin as a folder, whose files follow the ConfigMap while the pod lives."""
    return {"name": PIN_VOLUME, "mount_path": PIN_MOUNT, "read_only": True}


def reader_volumes(export: NfsExport) -> list[VolumeArgsDict]:
    """Volumes of a server that reads the repository."""
    return [*repository_volumes(export, read_only=True), pin_volume()]


def reader_container(
    name: str,
    *,
    image: str,
    module: str,
    settings: ReaderSettings,
    memory: ResourceRequirementsArgsDict,
    ready_period: int,
    more_ports: Mapping[str, int] | None = None,
) -> ContainerArgsDict:
    """The container of a server that reads the repository. `more_ports` are by name."""
    made = container(
        name,
        image=image,
        command=["python", "-m", module],
        env=environment(settings.to_environment()),
        memory=memory,
        mounts=[*repository_mounts(read_only=True), pin_mount()],
    )
    ports = {"http": settings.port, **(more_ports or {})}
    made["ports"] = [
        {"name": port, "container_port": number, "protocol": "TCP"}
        for port, number in ports.items()
    ]
    made["liveness_probe"] = http_probe(LIVEZ, "http", 20)
    made["readiness_probe"] = http_probe(READYZ, "http", ready_period)
    return made
