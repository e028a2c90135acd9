"""Registers a manifest, which is plain data, as a Pulumi resource."""

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi_kubernetes.admissionregistration.v1 import ValidatingWebhookConfiguration
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.rbac.v1 import ClusterRole

# Read by the Kubernetes provider: a resource is done when this holds, not when it is accepted.
WAIT_FOR = "pulumi.com/waitFor"
READY = "condition=Ready"

_FIELDS = {"apiVersion", "kind", "metadata", "spec"}


def register(
    name: str,
    manifest: Mapping[str, Any],
    opts: pulumi.ResourceOptions,
    *,
    wait_for: str = "",
) -> CustomResource:
    """A custom resource of exactly this manifest. Raises ValueError for a field it would drop."""
    lost = set(manifest) - _FIELDS
    if lost:
        raise ValueError(f"{name}: a custom resource cannot carry {', '.join(sorted(lost))}")
    metadata = dict(manifest["metadata"])
    if wait_for:
        metadata["annotations"] = {**metadata.get("annotations", {}), WAIT_FOR: wait_for}
    return CustomResource(
        name,
        api_version=manifest["apiVersion"],
        kind=manifest["kind"],
        metadata=metadata,
        spec=manifest["spec"],
        opts=opts,
    )


def register_role(
    name: str, manifest: Mapping[str, Any], opts: pulumi.ResourceOptions
) -> ClusterRole:
    """A cluster role of exactly this manifest."""
    return ClusterRole(name, metadata=manifest["metadata"], rules=manifest["rules"], opts=opts)


def register_webhook(
    name: str, manifest: Mapping[str, Any], opts: pulumi.ResourceOptions
) -> ValidatingWebhookConfiguration:
    """A webhook configuration of this manifest, whose `caBundle` others write."""
    bundles = pulumi.ResourceOptions(ignore_changes=["webhooks[*].clientConfig.caBundle"])
    return ValidatingWebhookConfiguration(
        name,
        metadata=manifest["metadata"],
        webhooks=manifest["webhooks"],
        opts=pulumi.ResourceOptions.merge(opts, bundles),
    )
