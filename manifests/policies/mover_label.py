"""Reserves the label by which the mover knows its own objects. The API server judges by itself."""

from typing import Any

from contract.labels import ROLE
from contract.scope import JOB_CONTROLLERS, MOVER_ACCOUNT
from contract.volsync import SNAPSHOT_GROUP
from manifests import kyverno, native
from manifests.cel import literal

NAME = "volsync-mover-label"
TEMPLATE_NAME = "volsync-mover-template"

_CHANGES = ["CREATE", "UPDATE"]
_KEY = literal(ROLE)


def _label(meta: str) -> str:
    """The label in a list, which tells an empty one from none."""
    labels = meta + ".labels"
    is_there = "has(" + meta + ") && has(" + labels + ") && " + _KEY + " in " + labels
    return "(" + is_there + " ? [" + labels + "[" + _KEY + "]] : [])"


def _is_changed(path: str) -> str:
    before = "(request.operation == 'CREATE' ? [] : " + _label("oldObject." + path) + ")"
    return _label("object." + path) + " != " + before


# The API server knows who asks; a label is anybody's to write.
USER = "request.userInfo.username"
BY_MOVER = USER + " == " + literal(MOVER_ACCOUNT)
# Where all controllers ask by one name, the owner of the pod tells which one of them it was.
BY_JOB = (
    USER
    + " in "
    + literal(list(JOB_CONTROLLERS))
    + " && has(object.metadata.ownerReferences) && object.metadata.ownerReferences.exists(owner,"
    " owner.kind == 'Job' && has(owner.controller) && owner.controller)"
)
_MESSAGE = literal("label " + ROLE + " is for the mover's own objects: ") + " + "
_REMEDY = literal(" must not set, change or remove it")
_DENIAL = {"messageExpression": _MESSAGE + USER + " + " + _REMEDY, "reason": "Forbidden"}


def objects() -> list[dict[str, Any]]:
    """Two native policies with their bindings, for all namespaces.

    A Job that carries the label has the repository mounted into it; a pod gets the label from its
    Job's template, and so these are looked at as well. What leaves the label alone
    (binding, finalizers, deletion) always passes.
    """
    marked = {"matchExpressions": [{"key": ROLE, "operator": "Exists"}]}
    label = native.denying(
        NAME,
        title="The mover's label is the mover's",
        description="Denies the label of the mover's Jobs, volumes and snapshots to everybody "
        "else, and that of their pods to everybody but the Job controller.",
        match={
            "matchPolicy": "Equivalent",
            "objectSelector": marked,
            "resourceRules": [
                kyverno.rule(["persistentvolumeclaims", "pods"], _CHANGES),
                kyverno.rule(["jobs"], _CHANGES, group="batch"),
                kyverno.rule(
                    ["volumesnapshots", "volumesnapshotcontents"], _CHANGES, group=SNAPSHOT_GROUP
                ),
            ],
        },
        conditions={"is-changed": _is_changed("metadata")},
        validations=[
            {
                "expression": "request.resource.resource == 'pods' ? " + BY_JOB + " : " + BY_MOVER,
                **_DENIAL,
            }
        ],
    )
    template = native.denying(
        TEMPLATE_NAME,
        title="Pods of the mover come from the mover's Jobs",
        description="Denies the mover's label in the pod template of anybody else's Job.",
        match={
            "matchPolicy": "Equivalent",
            "resourceRules": [kyverno.rule(["jobs"], _CHANGES, group="batch")],
        },
        conditions={"is-changed": _is_changed("spec.template.metadata")},
        validations=[{"expression": BY_MOVER, **_DENIAL}],
    )
    return [*label, *template]
