"""A user's program with one PVC. It deploys into a folder, so that `up` needs no cluster."""

import pulumi
from pulumi_kubernetes import Provider
from pulumi_kubernetes.core.v1 import ConfigMap, PersistentVolumeClaim

config = pulumi.Config()
namespace = config.require("namespace")
provider = Provider("folder", render_yaml_to_directory=config.require("folder"))
opts = pulumi.ResourceOptions(provider=provider)

other = ConfigMap("other", metadata={"name": "other", "namespace": namespace}, opts=opts)
labels = dict(config.require_object("labels"))
if config.require_bool("isLabelUnknown"):
    labels["backup"] = other.id

PersistentVolumeClaim(
    "data",
    metadata={"name": "data", "namespace": namespace, "labels": labels},
    spec={"access_modes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    opts=opts,
)
