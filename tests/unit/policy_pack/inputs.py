"""Resource inputs as Pulumi hands them to a policy: behind proxies, some of them not known yet."""

from typing import Any

from pulumi_policy import (
    PolicyCustomTimeouts,
    PolicyResourceOptions,
    ResourceValidationArgs,
    ResourceValidationPolicy,
)
from pulumi_policy.proxy import UNKNOWN_OBJECT_VALUE, UNKNOWN_STRING_VALUE, unknown_checking_proxy

CLAIM = "kubernetes:core/v1:PersistentVolumeClaim"
CUSTOM_CLAIM = "kubernetes:v1:PersistentVolumeClaim"
STATEFUL_SET = "kubernetes:apps/v1:StatefulSet"
OPTIONS = PolicyResourceOptions(
    protect=False,
    ignore_changes=[],
    delete_before_replace=None,
    aliases=[],
    custom_timeouts=PolicyCustomTimeouts(0, 0, 0),
    additional_secret_outputs=[],
    parent=None,
)
UNKNOWN = UNKNOWN_STRING_VALUE
UNKNOWN_MAP = UNKNOWN_OBJECT_VALUE


def proxy(props: dict[str, Any]) -> Any:
    """The properties as a policy receives them."""
    return unknown_checking_proxy(props)


def violations(
    policy: ResourceValidationPolicy, resource_type: str, props: dict[str, Any], **config: Any
) -> list[str]:
    """The messages of a policy about a resource `res`."""
    messages: list[str] = []
    args = ResourceValidationArgs(
        resource_type, proxy(props), "urn", "res", OPTIONS, None, config=config
    )
    policy.validate(args, lambda message, urn=None: messages.append(message))
    return messages


def claim(labels: Any = None, **metadata: Any) -> dict[str, Any]:
    """A PVC `apps/data`; metadata can be replaced or added to."""
    defaults = {"name": "data", "namespace": "apps"} | (
        {} if labels is None else {"labels": labels}
    )
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {**defaults, **metadata},
        "spec": {"accessModes": ["ReadWriteOnce"]},
    }


def stateful_set(*templates: Any) -> dict[str, Any]:
    """A StatefulSet `apps/db` with these volumeClaimTemplates."""
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "db", "namespace": "apps"},
        "spec": {"volumeClaimTemplates": list(templates)},
    }


def manifest(kind: tuple[str, str], path: str, value: Any) -> dict[str, Any]:
    """An object `apps/thing` of a kind, with a value at a path of claim_paths.py."""
    group, name = kind
    for step in reversed(path.split(".")):
        key = step.removesuffix("[]")
        value = {key: [value] if step.endswith("[]") else value}
    return {
        "apiVersion": f"{group}/v1" if group else "v1",
        "kind": name,
        "metadata": {"name": "thing", "namespace": "apps"},
        **value,
    }
