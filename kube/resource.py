"""Kinds of objects, and their paths on the API server."""

from dataclasses import asdict, dataclass
from typing import Any

from contract import admission, policies
from contract.log import ABOUT
from contract.volsync import API_VERSION, DESTINATION

CONFIG_MAP = "ConfigMap"
CRON_JOB = "CronJob"
EVENT = "Event"
EXTERNAL_SECRET = "ExternalSecret"  # noqa: S105 - a kind
JOB = "Job"
MUTATING_POLICY = policies.MUTATING
NAMESPACE = "Namespace"
NODE = "Node"
POD = "Pod"
PVC = "PersistentVolumeClaim"
REPLICATION_DESTINATION = DESTINATION
REPLICATION_SOURCE = "ReplicationSource"
SNAPSHOT = "VolumeSnapshot"
SNAPSHOT_CLASS = "VolumeSnapshotClass"
SNAPSHOT_CONTENT = "VolumeSnapshotContent"
STORAGE_CLASS = "StorageClass"
VALIDATING_POLICY = policies.VALIDATING
WEBHOOK_CONFIGURATION = admission.KIND

PATHS = {
    CONFIG_MAP: ("api/v1", "configmaps"),
    CRON_JOB: ("apis/batch/v1", "cronjobs"),
    EVENT: ("api/v1", "events"),
    EXTERNAL_SECRET: ("apis/external-secrets.io/v1", "externalsecrets"),
    JOB: ("apis/batch/v1", "jobs"),
    MUTATING_POLICY: (f"apis/{policies.API_VERSION}", "mutatingpolicies"),
    NAMESPACE: ("api/v1", "namespaces"),
    NODE: ("api/v1", "nodes"),
    POD: ("api/v1", "pods"),
    PVC: ("api/v1", "persistentvolumeclaims"),
    REPLICATION_DESTINATION: (f"apis/{API_VERSION}", "replicationdestinations"),
    REPLICATION_SOURCE: (f"apis/{API_VERSION}", "replicationsources"),
    SNAPSHOT: ("apis/snapshot.storage.k8s.io/v1", "volumesnapshots"),
    SNAPSHOT_CLASS: ("apis/snapshot.storage.k8s.io/v1", "volumesnapshotclasses"),
    SNAPSHOT_CONTENT: ("apis/snapshot.storage.k8s.io/v1", "volumesnapshotcontents"),
    STORAGE_CLASS: ("apis/storage.k8s.io/v1", "storageclasses"),
    VALIDATING_POLICY: (f"apis/{policies.API_VERSION}", "validatingpolicies"),
    WEBHOOK_CONFIGURATION: (f"apis/{admission.API_VERSION}", admission.RESOURCES),
}

Object = dict[str, Any]


@dataclass(frozen=True, order=True)
class ObjectKey:
    """An object by kind, namespace and name."""

    kind: str
    namespace: str
    name: str

    @property
    def about(self) -> dict[str, dict[str, str]]:
        """The object as fields of a log line: `extra` of a call to the logger."""
        return {ABOUT: asdict(self)}


def plural(kind: str) -> str:
    """The plural of a kind, as in paths and RBAC rules."""
    return PATHS[kind][1]


def path(kind: str, namespace: str, name: str = "") -> str:
    """The path of an object or a kind; "" is every namespace, or none for cluster-wide kinds."""
    version, resource = PATHS[kind]
    scope = [version, "namespaces", namespace, resource] if namespace else [version, resource]
    return "/".join([*scope, name] if name else scope)
