"""Native admission policies, which the API server evaluates without any other service."""

from collections.abc import Mapping, Sequence
from typing import Any

from contract import admission
from manifests.kyverno import DESCRIPTION, TITLE, Variables, pairs

API_VERSION = admission.API_VERSION
POLICY, BINDING = "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"


def denying(
    name: str,
    *,
    title: str,
    description: str,
    match: dict[str, Any],
    conditions: Variables | None = None,
    variables: Variables | None = None,
    validations: Sequence[Mapping[str, str]],
    parameter: tuple[str, str, str] | None = None,
) -> list[dict[str, Any]]:
    """A denying policy and the binding that puts it in force.

    `parameter` is the API version, kind and name of a cluster-scoped object that expressions know
    as `params`. While that object is missing, everything that `match` selects is denied, whatever
    the conditions are.
    """
    api_version, kind, object_name = parameter or ("", "", "")
    reference = {"name": object_name, "parameterNotFoundAction": "Deny"}
    settings = {
        "failurePolicy": "Fail",
        "matchConstraints": {"namespaceSelector": {}, "objectSelector": {}, **match},
        "matchConditions": pairs(conditions or {}),
        "paramKind": {"apiVersion": api_version, "kind": kind} if parameter else {},
        "variables": pairs(variables or {}),
        "validations": [dict(validation) for validation in validations],
    }
    binding = {
        "policyName": name,
        **({"paramRef": reference} if parameter else {}),
        "validationActions": ["Deny"],
    }
    meta = {"name": name, "annotations": {TITLE: title, DESCRIPTION: description}}
    spec = {key: value for key, value in settings.items() if value not in ({}, [])}
    return [
        {"apiVersion": API_VERSION, "kind": POLICY, "metadata": meta, "spec": spec},
        {"apiVersion": API_VERSION, "kind": BINDING, "metadata": {"name": name}, "spec": binding},
    ]
