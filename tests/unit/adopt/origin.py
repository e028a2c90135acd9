"""A cluster that runs the origin design with the fork, as the API server would list it."""

from typing import Any

from contract.labels import BACKUP, CREATED_BY, PART_OF, POPULATOR_PVC_FOR, PROJECT, VOLSYNC
from contract.volsync import PROVIDER

Raw = dict[str, Any]


def obj(name: str, namespace: str = "", spec: Raw | None = None, **meta: Any) -> Raw:
    place = {"namespace": namespace} if namespace else {}
    return {"metadata": {"name": name, **place, **meta}, "spec": spec or {}}


def pvc(name: str, namespace: str = "media", label: str = "hourly", **more: str) -> Raw:
    labels = ({BACKUP: label} if label else {}) | more
    return {"kind": "PersistentVolumeClaim", **obj(name, namespace, labels=labels)}


def deployment(name: str, namespace: str, image: str, *words: str, **meta: Any) -> Raw:
    pod = {"containers": [{"name": "main", "image": image, "args": list(words)}]}
    return obj(name, namespace, {"replicas": 1, "template": {"spec": pod}}, **meta)


def cron_job(name: str, namespace: str, *words: str, **meta: Any) -> Raw:
    pod = {"containers": [{"name": "main", "image": "registry.example/tool:1", "args": [*words]}]}
    template = {"spec": {"template": {"spec": pod}}}
    return obj(name, namespace, {"jobTemplate": template}, **meta)


def source(name: str, claim: str, **kopia: str) -> Raw:
    section = {"repository": f"volsync-{claim}", **kopia}
    return obj(name, "media", {"sourcePVC": claim, "kopia": section})


def crd(plural: str, **annotations: str) -> Raw:
    keep = {"helm.sh/resource-policy": "keep"}
    return obj(f"{plural}.volsync.backube", annotations=keep | annotations)


GATE_RULES = {
    "rules": [
        {"match": {"any": [{"resources": {"kinds": ["PersistentVolumeClaim"]}}]}},
        {
            "context": [
                {"apiCall": {"service": {"url": "http://pvc-plumber.volsync-system/exists"}}}
            ]
        },
        {"generate": {"kind": "ReplicationSource", "synchronize": True}},
    ]
}
CLEANUP_RULES = {
    "match": {"any": [{"resources": {"kinds": ["ReplicationSource", "ExternalSecret"]}}]},
    "schedule": "*/15 * * * *",
}
INJECT_RULES = {
    "matchConstraints": {"resourceRules": [{"resources": ["jobs"]}]},
    "mutations": [{"expression": "created-by == 'volsync' ? nfs : none"}],
}
WAIT_RULES = {
    "matchConditions": [{"expression": "object.metadata.name.startsWith('volsync-src-')"}],
    "mutations": [{"expression": "initContainers"}],
}
FORK_IMAGE = "registry.example/perfectra1n/volsync:v0.17.11"
HELM = {"meta.helm.sh/release-name": "volsync", "meta.helm.sh/release-namespace": "volsync-system"}
PLUMBER = {"name": "pvc-plumber", "namespace": "volsync-system"}
OWNER = {"kind": "KopiaMaintenance", "name": "daily"}


def origin() -> dict[str, list[Raw]]:
    """Every kind that is looked at."""
    return {
        "persistentvolumeclaims": [
            pvc("data"),
            pvc("cache", label=""),
            pvc("pg-1", **{"cnpg.io/cluster": "pg"}),
            pvc("vs-prime-1", **{POPULATOR_PVC_FOR: "data"}),
            pvc("volsync-data-backup-src", **{CREATED_BY: VOLSYNC}),
        ],
        "namespaces": [obj("media"), obj("kyverno"), obj("volsync-system")],
        "deployments": [
            deployment("volsync", "volsync-system", FORK_IMAGE, annotations=HELM),
            deployment("pvc-plumber", "volsync-system", "registry.example/pvc-plumber:1.7.0"),
            deployment("kopia", "media", "registry.example/kopia:1", "kopia", "server", "start"),
            deployment("kyverno-admission-controller", "kyverno", "registry.example/k:v1.19.2"),
            deployment("web", "media", "registry.example/web:1"),
        ],
        "cronjobs": [
            cron_job("kopia-maint-daily", "media", "kopia", ownerReferences=[OWNER]),
            cron_job("kopia-maintenance", "volsync-system", "kopia", "maintenance", "run"),
            cron_job("prune", "media", "kopia", "maintenance", "run"),
            cron_job("reaper", "media", "kubectl", "delete", "replicationsource"),
            cron_job("report", "media", "date"),
        ],
        "storageclasses": [obj("block") | {"provisioner": "driver.longhorn.io"}],
        "volumesnapshotclasses": [obj("block-snapshot") | {"driver": "driver.longhorn.io"}],
        "replicationsources": [
            source("data-backup", "data"),
            obj("own", "media", {"external": {"provider": PROVIDER}}),
        ],
        "replicationdestinations": [obj("data-restore", "media", {"kopia": {}})],
        "kopiamaintenances": [obj("daily", "media")],
        "clusterpolicies": [
            obj("volsync-pvc-backup-restore", spec=GATE_RULES),
            obj("require-labels", spec={"rules": [{"match": {"kinds": ["Pod"]}}]}),
            obj("limits", spec={"rules": [{"exclude": ["volsync-system", "csi-driver-nfs"]}]}),
        ],
        "policies": [],
        "clustercleanuppolicies": [obj("volsync-orphan-cleanup", spec=CLEANUP_RULES)],
        "cleanuppolicies": [],
        "mutatingadmissionpolicies": [
            obj("volsync-nfs-inject", spec=INJECT_RULES),
            obj("volsync-wait", spec=WAIT_RULES),
        ],
        "mutatingwebhookconfigurations": [
            obj("pvc-plumber") | {"webhooks": [{"clientConfig": {"service": PLUMBER}}]},
            obj("other") | {"webhooks": [{"clientConfig": {"url": "https://registry.example"}}]},
        ],
        "validatingwebhookconfigurations": [obj("empty")],
        "clustersecretstores": [obj("1password")],
        "externalsecrets": [obj("volsync-data", "media"), obj("other", "media")],
        "customresourcedefinitions": [
            crd("replicationsources"),
            crd("replicationdestinations"),
            obj("widgets.example.org"),
        ],
    }


def adopted() -> dict[str, list[Raw]]:
    """The same cluster afterwards."""
    labels = {PART_OF: PROJECT}
    owner = [{"kind": "PersistentVolumeClaim", "name": "data"}]
    external = {"external": {"provider": PROVIDER}}
    before = origin()
    return {name: [] for name in before} | {
        "persistentvolumeclaims": before["persistentvolumeclaims"],
        "namespaces": before["namespaces"],
        "deployments": [
            deployment("volsync", "volsync-system", "registry.example/backube/volsync:0.16.0"),
            deployment("pvc-plumber", "volsync-system", "registry.example/it:1", labels=labels),
            deployment("kopia-mover", "volsync-system", "registry.example/it:1", labels=labels),
            deployment("kopia-ui", "volsync-system", "kopia", "server", labels=labels),
        ],
        "cronjobs": [cron_job("kopia-maintenance", "volsync-system", "kopia", labels=labels)],
        "replicationsources": [obj("data-backup", "media", external)],
        "replicationdestinations": [obj("data-restore", "media", external)],
        "externalsecrets": [obj("volsync-data", "media", ownerReferences=owner)],
        "customresourcedefinitions": before["customresourcedefinitions"],
    }
