"""Kyverno's policy kinds. Server defaults are written out, so that Pulumi never shows a diff."""

from collections.abc import Mapping, Sequence
from typing import Any

from contract import policies
from contract.answer import WEBHOOK_TIMEOUT

API_VERSION = policies.API_VERSION
TITLE = "policies.kyverno.io/title"
DESCRIPTION = "policies.kyverno.io/description"
CATEGORY = "policies.kyverno.io/category"
# Kyverno would write a report on each request before it answers, which costs more than judging it.
NO_REPORTS = {"reports.kyverno.io/disabled": "true"}
NAMESPACE_NAME = "kubernetes.io/metadata.name"

# Kyverno answers before it generates; while it hangs, changes of labelled PVCs wait this long.
GENERATE_TIMEOUT = 5  # seconds

Variables = Mapping[str, str]


def rule(
    resources: Sequence[str], operations: Sequence[str], *, group: str = "", version: str = "v1"
) -> dict[str, Any]:
    """A resource rule of match constraints."""
    return {
        "apiGroups": [group],
        "apiVersions": [version],
        "operations": list(operations),
        "resources": list(resources),
        "scope": "*",
    }


def namespaces(operator: str, names: Sequence[str]) -> dict[str, Any]:
    """A namespace selector: `In` or `NotIn` these names."""
    term = {"key": NAMESPACE_NAME, "operator": operator, "values": list(names)}
    return {"matchExpressions": [term]}


def match(
    resources: Sequence[str],
    operations: Sequence[str],
    *,
    group: str = "",
    version: str = "v1",
    labels: Sequence[Mapping[str, Any]],
    excluded: Sequence[str],
) -> dict[str, Any]:
    """Match constraints: `labels` are match expressions, `excluded` the names of namespaces.

    Kyverno copies both selectors into its webhook, so they also apply while Kyverno is down.
    Without `labels` every object is matched; such a policy needs conditions.
    """
    selector = {"objectSelector": {"matchExpressions": [dict(label) for label in labels]}}
    return {
        "matchPolicy": "Equivalent",
        "namespaceSelector": namespaces("NotIn", excluded),
        **(selector if labels else {}),
        "resourceRules": [rule(resources, operations, group=group, version=version)],
    }


def pairs(expressions: Variables) -> list[dict[str, str]]:
    """Named expressions in the format of the API."""
    return [{"name": name, "expression": text} for name, text in expressions.items()]


def _policy(kind: str, name: str, title: str, description: str, spec: dict) -> dict[str, Any]:
    if not (title and description):
        raise ValueError("a policy needs a title and a description")
    annotations = {TITLE: title, DESCRIPTION: description, CATEGORY: "PVC backup"}
    return {
        "apiVersion": API_VERSION,
        "kind": kind,
        "metadata": {"name": name, "labels": dict(NO_REPORTS), "annotations": annotations},
        "spec": {key: value for key, value in spec.items() if value not in ({}, [])},
    }


def validating(
    name: str,
    *,
    title: str,
    description: str,
    match: dict[str, Any],
    conditions: Variables | None = None,
    variables: Variables,
    validations: Sequence[Mapping[str, str]],
) -> dict[str, Any]:
    """A policy that denies; while Kyverno is down, everything it matches is denied."""
    spec = {
        "failurePolicy": "Fail",
        "validationActions": ["Deny"],
        "webhookConfiguration": {"timeoutSeconds": WEBHOOK_TIMEOUT},
        # A background scan would ask pvc-plumber about every existing PVC.
        "evaluation": {"admission": {"enabled": True}, "background": {"enabled": False}},
        "matchConstraints": match,
        "matchConditions": pairs(conditions or {}),
        "variables": pairs(variables),
        "validations": [dict(validation) for validation in validations],
    }
    return _policy("ValidatingPolicy", name, title, description, spec)


def mutating(
    name: str,
    *,
    title: str,
    description: str,
    match: dict[str, Any],
    conditions: Variables | None = None,
    variables: Variables,
    patches: Sequence[str],
) -> dict[str, Any]:
    """A policy that patches; on an error, or while Kyverno is down, what it matches is denied."""
    spec = {
        "failurePolicy": "Fail",
        "reinvocationPolicy": "Never",
        "webhookConfiguration": {"timeoutSeconds": WEBHOOK_TIMEOUT},
        "evaluation": {
            "admission": {"enabled": True},
            "background": {"enabled": False},
            "mutateExisting": {"enabled": False},
            "skipBackgroundRequests": True,
        },
        "matchConstraints": match,
        "matchConditions": pairs(conditions or {}),
        "variables": pairs(variables),
        "mutations": [
            {"patchType": "JSONPatch", "jsonPatch": {"expression": patch}} for patch in patches
        ],
    }
    return _policy("MutatingPolicy", name, title, description, spec)


def generating(
    name: str,
    *,
    title: str,
    description: str,
    match: dict[str, Any],
    conditions: Variables | None = None,
    variables: Variables,
    expressions: Sequence[str],
) -> dict[str, Any]:
    """A policy that applies objects server-side, and again in every background scan.

    It never blocks a request.
    """
    spec = {
        "useServerSideApply": True,
        "webhookConfiguration": {"timeoutSeconds": GENERATE_TIMEOUT},
        "evaluation": {
            "admission": {"enabled": True},
            "generateExisting": {"enabled": True},
            "orphanDownstreamOnPolicyDelete": {"enabled": True},
            "skipBackgroundRequests": True,
            "synchronize": {"enabled": False},
        },
        "matchConstraints": match,
        "matchConditions": pairs(conditions or {}),
        "variables": pairs(variables),
        "generate": [{"expression": text} for text in expressions],
    }
    return _policy("GeneratingPolicy", name, title, description, spec)


def deleting(
    name: str,
    *,
    title: str,
    description: str,
    match: dict[str, Any],
    schedule: str,
    conditions: Variables,
    variables: Variables,
) -> dict[str, Any]:
    """A policy that deletes, on a schedule, objects that meet all conditions.

    After an error the object is kept.
    """
    if not conditions:
        raise ValueError("a deleting policy without conditions would delete all that it matches")
    spec = {
        "schedule": schedule,
        "deletionPropagationPolicy": "Background",
        "matchConstraints": match,
        "conditions": pairs(conditions),
        "variables": pairs(variables),
    }
    return _policy("DeletingPolicy", name, title, description, spec)
