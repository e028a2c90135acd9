"""Stand-in for the origin's policies, after what its design document says that they do."""

from collections.abc import Iterable
from typing import Any

from contract import answer, labels, repository
from contract.repository import PasswordSource
from contract.schedule import TIERS
from contract.scope import ALWAYS_EXCLUDED, VOLSYNC_NAMESPACE
from contract.volsync import API_GROUP, API_VERSION
from lab.node import network, nodeconfig
from lab.objects.access import RBAC, WRITE, rule
from lab.origin.kinds import SECTION
from manifests.external_secrets import external_secret

Object = dict[str, Any]

GATE = "volsync-pvc-backup-restore"
CHECKER = f"http://{answer.SERVICE}.{VOLSYNC_NAMESPACE}"
PVC = "{{ request.object.metadata.name }}"
NAMESPACE = "{{ request.object.metadata.namespace }}"
MARKS = {labels.MANAGED_BY: labels.KYVERNO, labels.PVC: PVC}
MOVED = ("replicationsources", "replicationdestinations")


def _policy(kind: str, name: str, spec: Object, version: str = "v1") -> Object:
    metadata = {"name": name}
    return {
        "apiVersion": f"kyverno.io/{version}",
        "kind": kind,
        "metadata": metadata,
        "spec": spec,
    }


def _labelled(*operations: str) -> Object:
    tiers = {"key": labels.BACKUP, "operator": "In", "values": list(TIERS)}
    resources = {
        "kinds": ["PersistentVolumeClaim"],
        "operations": list(operations),
        "selector": {"matchExpressions": [tiers]},
    }
    return {"any": [{"resources": resources}]}


def _asks(name: str, path: str) -> list[Object]:
    call = {"method": "GET", "service": {"url": f"{CHECKER}{path}"}}
    return [{"name": name, "apiCall": call}]


def _if(key: str, operator: str, value: object) -> Object:
    return {"all": [{"key": f"{{{{ {key} }}}}", "operator": operator, "value": value}]}


def _makes(obj: Object) -> Object:
    content = {key: value for key, value in obj.items() if key in ("metadata", "spec")}
    content["metadata"] = {"labels": MARKS}
    return {
        "apiVersion": obj["apiVersion"],
        "kind": obj["kind"],
        "name": obj["metadata"]["name"],
        "namespace": NAMESPACE,
        "synchronize": True,
        "data": content,
    }


def _moved(kind: str, name: str, spec: Object) -> Object:
    section = {
        "repository": f"volsync-{PVC}",
        "username": f"{PVC}-backup",
        "hostname": NAMESPACE,
        "copyMethod": "Snapshot",
    }
    return {
        "apiVersion": API_VERSION,
        "kind": kind,
        "metadata": {"name": name},
        "spec": spec | {SECTION: section},
    }


def gate() -> Object:
    """Denies while the checker is away, restores what has a backup, makes the three objects."""
    at_creation, always = _labelled("CREATE"), _labelled("CREATE", "UPDATE")
    exclude = {"any": [{"resources": {"namespaces": list(ALWAYS_EXCLUDED)}}]}
    name = f"{PVC}-restore"
    reference = {"apiGroup": API_GROUP, "kind": "ReplicationDestination", "name": name}
    target = f"volsync-{PVC}"
    secret = external_secret({"name": target}, secret=target, password=PasswordSource())
    schedule = {"sourcePVC": PVC, "trigger": {"schedule": "0 * * * *"}}
    once = {"trigger": {"manual": "restore-once"}}
    rules = [
        {
            "name": "ready",
            "match": at_creation,
            "context": _asks("checker", "/readyz"),
            "validate": {
                "message": "pvc-plumber is not ready",
                "deny": {"conditions": _if("checker.status", "NotEquals", "ok")},
            },
        },
        {
            "name": "restore",
            "match": at_creation,
            "context": _asks("backup", f"/exists/{NAMESPACE}/{PVC}"),
            "preconditions": _if("backup.exists", "Equals", True),
            "mutate": {"patchStrategicMerge": {"spec": {"dataSourceRef": reference}}},
        },
        {"name": "secret", "match": always, "generate": _makes(secret)},
        {
            "name": "source",
            "match": always,
            "preconditions": _if("request.object.status.phase || ''", "Equals", "Bound"),
            "generate": _makes(_moved("ReplicationSource", f"{PVC}-backup", schedule)),
        },
        {
            "name": "destination",
            "match": always,
            "generate": _makes(_moved("ReplicationDestination", name, once)),
        },
    ]
    return _policy(
        "ClusterPolicy",
        GATE,
        {
            "validationFailureAction": "Enforce",
            "background": False,
            "rules": [policy_rule | {"exclude": exclude} for policy_rule in rules],
        },
    )


def inject() -> Object:
    """Mounts the export into every Job that VolSync makes."""
    export = {"server": network.NODE, "path": nodeconfig.EXPORT}
    mount = {"name": repository.VOLUME, "mountPath": repository.MOUNT_PATH}
    pod = {
        "containers": [{"(name)": "?*", "volumeMounts": [mount]}],
        "volumes": [{"name": repository.VOLUME, "nfs": export}],
    }
    resources = {
        "kinds": ["batch/v1/Job"],
        "operations": ["CREATE"],
        "selector": {"matchLabels": {labels.CREATED_BY: labels.VOLSYNC}},
    }
    mutate = {"patchStrategicMerge": {"spec": {"template": {"spec": pod}}}}
    only = {"name": "mount", "match": {"any": [{"resources": resources}]}, "mutate": mutate}
    return _policy("ClusterPolicy", "volsync-nfs-inject", {"rules": [only]})


def cleanup() -> Object:
    """Deletes what belongs to a PVC without the label, or to none."""
    kinds = ["ReplicationSource", "ReplicationDestination", "ExternalSecret"]
    resources = {
        "kinds": kinds,
        "selector": {"matchLabels": {labels.MANAGED_BY: labels.KYVERNO}},
    }
    place = "{{ target.metadata.namespace }}"
    listed = {
        "urlPath": f"/api/v1/namespaces/{place}/persistentvolumeclaims",
        "jmesPath": f"items[?metadata.labels.{labels.BACKUP}].metadata.name",
    }
    owner = f'target.metadata.labels."{labels.PVC}"'
    spec = {
        "match": {"any": [{"resources": resources}]},
        "context": [{"name": "owners", "apiCall": listed}],
        "conditions": _if(owner, "AnyNotIn", "{{ owners }}"),
        "schedule": "*/15 * * * *",
    }
    return _policy("ClusterCleanupPolicy", "volsync-orphan-cleanup", spec, "v2")


def _role(controller: str, rules: Iterable[Object]) -> Object:
    aggregated = {f"rbac.kyverno.io/aggregate-to-{controller}": "true"}
    return {
        "apiVersion": f"{RBAC}/v1",
        "kind": "ClusterRole",
        "metadata": {"name": f"origin:{controller}", "labels": aggregated},
        "rules": list(rules),
    }


def roles() -> list[Object]:
    """What Kyverno must be allowed to do for these policies."""
    rules = [
        rule(API_GROUP, MOVED, WRITE),
        rule("external-secrets.io", ["externalsecrets"], WRITE),
        rule("", ["persistentvolumeclaims"], ["get", "list", "watch"]),
    ]
    controllers = ("background-controller", "cleanup-controller", "admission-controller")
    return [_role(controller, rules) for controller in controllers]
