"""Denies a tier label where it would do nothing. The API server evaluates this policy itself."""

from typing import Any

from manifests import kyverno, native
from manifests.cel import literal
from manifests.params import PolicyParams
from manifests.policies import claim, label

NAME = "volsync-excluded-namespace"

_MESSAGE = (
    label.START
    + literal(" does nothing in namespace ")
    + " + request.namespace + "
    + literal(
        ", which is excluded from backup: nothing is backed up or restored there. Remove the label,"
        " set it to none with a reason, or take the namespace out of excludedNamespaces"
    )
)


def objects(params: PolicyParams) -> list[dict[str, Any]]:
    """The native policy and its binding, for CREATE and UPDATE in excluded namespaces only.

    A PVC that had its label before its namespace was excluded keeps it: updates that leave the
    label alone pass.
    """
    return native.denying(
        NAME,
        title="No backup label where nothing is backed up",
        description="Denies a new tier on a PVC in a namespace that is excluded from backup, where "
        "nobody would look for its backup or make one.",
        match={
            "matchPolicy": "Equivalent",
            "namespaceSelector": kyverno.namespaces("In", params.excluded),
            "objectSelector": {"matchExpressions": [claim.TIERED]},
            "resourceRules": [kyverno.rule([claim.PVCS], ["CREATE", "UPDATE"])],
        },
        conditions={**claim.APPLICATIONS, "is-set": label.IS_SET + " && " + label.IS_TIER},
        validations=[{"expression": "false", "messageExpression": _MESSAGE}],
    )
