"""What the API server judges by itself: nothing that it asks could be down."""

from collections.abc import Mapping, Sequence
from typing import Any

from manifests.kyverno import DESCRIPTION, TITLE, Variables, pairs

API_VERSION = "admissionregistration.k8s.io/v1"
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
    """A policy and the binding that puts it in force.

    `parameter` is the API version, kind and name of a cluster's object that expressions know as
    `params`. Where it is missing all that `match` says is denied, whatever the conditions are.
    """
    api, kind, subject = parameter or ("", "", "")
    reference = {"name": subject, "parameterNotFoundAction": "Deny"}
    rules = {
        "failurePolicy": "Fail",
        "matchConstraints": {"objectSelector": {}, **match},
        "matchConditions": pairs(conditions or {}),
        "paramKind": {"apiVersion": api, "kind": kind} if parameter else {},
        "variables": pairs(variables or {}),
        "validations": [dict(validation) for validation in validations],
    }
    bound = {
        "policyName": name,
        **({"paramRef": reference} if parameter else {}),
        "validationActions": ["Deny"],
    }
    meta = {"name": name, "annotations": {TITLE: title, DESCRIPTION: description}}
    spec = {key: value for key, value in rules.items() if value not in ({}, [])}
    return [
        {"apiVersion": API_VERSION, "kind": POLICY, "metadata": meta, "spec": spec},
        {"apiVersion": API_VERSION, "kind": BINDING, "metadata": {"name": name}, "spec": bound},
    ]
