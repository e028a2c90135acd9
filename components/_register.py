"""Registers a manifest, which is plain data, as a Pulumi resource."""

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi_kubernetes.admissionregistration.v1 import ValidatingWebhookConfiguration
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.rbac.v1 import ClusterRole

from components.pod import COMMON

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
    """A custom resource of this manifest, with the labels of all.

    Raises ValueError for a field that it would drop.
    """
    lost = set(manifest) - _FIELDS
    if lost:
        raise ValueError(f"{name}: a custom resource cannot carry {', '.join(sorted(lost))}")
    metadata = _labelled(manifest)
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


def _labelled(manifest: Mapping[str, Any]) -> Any:
    metadata = manifest["metadata"]
    return {**metadata, "labels": {**metadata.get("labels", {}), **COMMON}}


def register_role(
    name: str, manifest: Mapping[str, Any], opts: pulumi.ResourceOptions
) -> ClusterRole:
    """A cluster role of this manifest, with the labels of all."""
    return ClusterRole(name, metadata=_labelled(manifest), rules=manifest["rules"], opts=opts)


def register_webhook(
    name: str, manifest: Mapping[str, Any], opts: pulumi.ResourceOptions
) -> ValidatingWebhookConfiguration:
    """A webhook configuration of this manifest, whose `caBundle` others write."""
    bundles = pulumi.ResourceOptions(ignore_changes=["webhooks[*].clientConfig.caBundle"])
    return ValidatingWebhookConfiguration(
        name,
        metadata=_labelled(manifest),
        webhooks=manifest["webhooks"],
        opts=pulumi.ResourceOptions.merge(opts, bundles),
    )
