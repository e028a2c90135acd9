"""Keeps everybody but the mover out of the movers' namespace. The API server judges by itself."""

from typing import Any

from contract import admission
from contract.scope import MOVERS_NAMESPACE, VOLUME_BINDERS
from contract.volsync import SNAPSHOT_GROUP
from manifests import kyverno, native
from manifests.cel import literal
from manifests.policies.mover_label import BY_JOB, BY_MOVER, USER

NAME = "volsync-movers-namespace"
EXEC_NAME = "volsync-movers-exec"

_IS_NEW = "request.operation == 'CREATE'"
# Jobs tell the mover by annotations which run they belong to.
_MARKS = "has({0}.metadata.annotations) ? {0}.metadata.annotations : {{}}"
_SAME_MARKS = "(" + _MARKS.format("object") + ") == (" + _MARKS.format("oldObject") + ")"
_SAME_SPEC = "object.spec == oldObject.spec"
# By the request's resource. What only changes metadata (finalizers, for the most part) passes:
# controllers whose names nobody knows have to do it.
_ALLOWED = {
    # Kubelet, scheduler and controllers write subresources; a pod's image is in its spec.
    "pods": _IS_NEW + " ? " + BY_JOB + " : " + _SAME_SPEC,
    "jobs": BY_MOVER + " || (!(" + _IS_NEW + ") && " + _SAME_SPEC + " && " + _SAME_MARKS + ")",
    "persistentvolumeclaims": BY_MOVER
    + " || (!("
    + _IS_NEW
    + ") && ("
    + _SAME_SPEC
    + " || "
    + USER
    + " in "
    + literal(list(VOLUME_BINDERS))
    + "))",
    # Its source is immutable, by its own kind.
    "volumesnapshots": BY_MOVER,
}
_START = literal("namespace " + MOVERS_NAMESPACE + " is for the mover's own work: ")
_CREATES = literal(" must not create or change ") + " + request.resource.resource"
_ENTERS = literal(" must not enter a mover's pod")
# Whoever may remove this policy gains nothing by it, and is who looks into a pod that hangs.
_MAY_REMOVE_THIS = (
    "authorizer.group("
    + literal(admission.API_GROUP)
    + ").resource('validatingadmissionpolicies').name("
    + literal(EXEC_NAME)
    + ").check('delete').allowed()"
)


def _match(*rules: dict[str, Any]) -> dict[str, Any]:
    return {
        "matchPolicy": "Equivalent",
        "namespaceSelector": kyverno.namespaces("In", [MOVERS_NAMESPACE]),
        "resourceRules": list(rules),
    }


def objects() -> list[dict[str, Any]]:
    """Two native policies with their bindings.

    The namespace holds the password and a way to the export, so a RoleBinding in it, or a
    controller that creates what it is asked for, must not be enough to run a pod there.
    """
    ways = {
        "pods": kyverno.rule(["pods"], ["CREATE", "UPDATE"]),
        "jobs": kyverno.rule(["jobs"], ["CREATE", "UPDATE"], group="batch"),
        "persistentvolumeclaims": kyverno.rule(["persistentvolumeclaims"], ["CREATE", "UPDATE"]),
        "volumesnapshots": kyverno.rule(["volumesnapshots"], ["CREATE"], group=SNAPSHOT_GROUP),
    }
    made = native.denying(
        NAME,
        title="Only the mover works in the movers' namespace",
        description="With `mover.isolation: system` only. Denies Jobs, pods, PVCs and "
        "VolumeSnapshots in the namespace to everybody but the mover's account, and pods to "
        "everybody but the Job controller; what is there keeps its spec.",
        match=_match(*ways.values()),
        validations=[
            {
                "expression": "request.resource.resource != "
                + literal(resource)
                + " || ("
                + _ALLOWED[resource]
                + ")",
                "messageExpression": _START + " + " + USER + " + " + _CREATES,
                "reason": "Forbidden",
            }
            for resource in ways
        ],
    )
    entered = native.denying(
        EXEC_NAME,
        title="Nobody enters a mover's pod",
        description="With `mover.isolation: system` only. Denies exec, attach, port-forward, proxy "
        "and ephemeral containers in the movers' namespace, but not to whoever may remove this "
        "very policy.",
        match=_match(
            kyverno.rule(
                ["pods/exec", "pods/attach", "pods/portforward", "pods/proxy"], ["CONNECT"]
            ),
            kyverno.rule(["pods/ephemeralcontainers"], ["UPDATE"]),
        ),
        conditions={"cannot-remove-this": "!" + _MAY_REMOVE_THIS},
        validations=[
            {
                "expression": "false",
                "messageExpression": _START + " + " + USER + " + " + _ENTERS,
                "reason": "Forbidden",
            }
        ],
    )
    return [*made, *entered]
