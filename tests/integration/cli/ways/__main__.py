"""A user's program in which a PVC without a valid label comes in by every way that there is."""

from pathlib import Path
from typing import Any

import pulumi
from pulumi_kubernetes import Provider, helm, kustomize, yaml
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.apps.v1 import Deployment, StatefulSet, StatefulSetPatch
from pulumi_kubernetes.core.v1 import (
    PersistentVolumeClaim,
    PersistentVolumeClaimPatch,
)

FOLDER = Path(__file__).parent
provider = Provider("folder", render_yaml_to_directory=pulumi.Config().require("folder"))
opts = pulumi.ResourceOptions(provider=provider)
component = pulumi.ResourceOptions(providers={"kubernetes": provider})


def named(name: str, **labels: str) -> Any:
    return {"name": name, "namespace": "apps", "labels": labels}


SPEC: Any = {"access_modes": ["ReadWriteOnce"]}
PersistentVolumeClaim("typed", metadata=named("typed"), spec=SPEC, opts=opts)
PersistentVolumeClaimPatch("patch", metadata=named("patched", backup="weekly"), opts=opts)
PersistentVolumeClaim("tier", metadata=named("tier", backup="daily"), spec=SPEC, opts=opts)
DATABASE = {"cnpg.io/cluster": "db", "backup": "daily"}
PersistentVolumeClaim("database", metadata=named("db-1", **DATABASE), spec=SPEC, opts=opts)
CONTAINER: Any = {"name": "app", "image": "registry.test/app:1"}
StatefulSet(
    "set",
    metadata=named("set"),
    spec={
        "service_name": "set",
        "selector": {"match_labels": {"app": "set"}},
        "template": {"metadata": {"labels": {"app": "set"}}, "spec": {"containers": [CONTAINER]}},
        "volume_claim_templates": [{"metadata": {"name": "templated"}, "spec": SPEC}],
    },
    opts=opts,
)
StatefulSetPatch(
    "set-patch",
    metadata=named("set-patched"),
    spec={
        "volume_claim_templates": [{"metadata": {"name": "t", "labels": {"backup": "weekly"}}}],
    },
    opts=opts,
)
SCRATCH: Any = {"metadata": {"labels": {"backup": "daily"}}, "spec": SPEC}
Deployment(
    "deployment",
    metadata=named("scratch"),
    spec={
        "selector": {"match_labels": {"app": "scratch"}},
        "template": {
            "metadata": {"labels": {"app": "scratch"}},
            "spec": {
                "containers": [CONTAINER],
                "volumes": [{"name": "tmp", "ephemeral": {"volume_claim_template": SCRATCH}}],
            },
        },
    },
    opts=opts,
)
CustomResource(
    "operator",
    api_version="monitoring.coreos.com/v1",
    kind="Prometheus",
    metadata=named("metrics"),
    spec={"storage": {"volumeClaimTemplate": {"spec": {"accessModes": ["ReadWriteOnce"]}}}},
    opts=opts,
)
CustomResource(
    "other-operator",
    "example.test/v1",
    "Store",
    metadata=named("store"),
    spec={"disk": {"spec": {"accessModes": ["ReadWriteOnce"]}}},
    opts=opts,
)
CustomResource(
    "database-cluster",
    "postgresql.cnpg.io/v1",
    "Cluster",
    metadata=named("db"),
    spec={"inheritedMetadata": {"labels": {"backup": "daily"}}},
    opts=opts,
)
CustomResource(
    "generated",
    "volsync.backube/v1alpha1",
    "ReplicationSource",
    metadata=named("data-backup"),
    spec={"sourcePVC": "data"},
    opts=opts,
)
GROUP = (FOLDER / "file.yaml").read_text()
yaml.v2.ConfigGroup("group", yaml=GROUP.replace("in-file", "in-group"), opts=component)
yaml.v2.ConfigFile("file", file=str(FOLDER / "file.yaml"), opts=component)
yaml.ConfigGroup("old-group", yaml=[GROUP.replace("in-file", "in-old-group")], opts=component)
yaml.ConfigFile(
    "old-file",
    file=str(FOLDER / "file.yaml"),
    resource_prefix="old",
    opts=component,
)
kustomize.v2.Directory("kustomize", directory=str(FOLDER / "kustomize"), opts=component)
helm.v4.Chart("new", chart=str(FOLDER / "chart"), namespace="apps", opts=component)
helm.v3.Chart(
    "old", helm.v3.LocalChartOpts(path=str(FOLDER / "chart"), namespace="apps"), opts=component
)
helm.v3.Release(
    "valued", helm.v3.ReleaseArgs(chart=str(FOLDER / "chart"), namespace="apps"), opts=opts
)
helm.v3.Release(
    "release", helm.v3.ReleaseArgs(chart=str(FOLDER / "chart"), namespace="apps"), opts=opts
)
