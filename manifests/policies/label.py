"""Denies a backup label that would have no effect. The API server evaluates this policy itself."""

from typing import Any

from contract.labels import BACKUP, NO_BACKUP, RESTORE_FROM
from contract.names import PVC_NAME_LIMIT
from contract.schedule import TIERS
from manifests import kyverno, native
from manifests.cel import literal
from manifests.params import PolicyParams
from manifests.policies import claim

NAME = "volsync-backup-label"

_KEY, _TIERS = literal(BACKUP), literal(list(TIERS))
_NEW, _OLD = "object.metadata.labels", "oldObject.metadata.labels"
LABEL, _BEFORE = _NEW + "[" + _KEY + "]", _OLD + "[" + _KEY + "]"
_WAS_UNSET = "(!has(" + _OLD + ") || !(" + _KEY + " in " + _OLD + "))"
_IS_CHANGED = (
    "(request.operation == 'CREATE' || " + _WAS_UNSET + " || " + _BEFORE + " != " + LABEL + ")"
)
IS_SET = "has(" + _NEW + ") && " + _KEY + " in " + _NEW + " && " + _IS_CHANGED
IS_TIER = "(" + LABEL + " in " + _TIERS + ")"
_FITS = (
    "(!has(object.metadata.name) || size(object.metadata.name) <= " + literal(PVC_NAME_LIMIT) + ")"
)
# Backups are looked up at creation; no dataSourceRef can be added later. A PVC that already waits
# for its restore is safe: volsync-bind-gate lets it bind to no other volume.
_IN_TIME = (
    "(request.operation == 'CREATE' || (!" + _WAS_UNSET + " && " + _BEFORE + " in " + _TIERS + ")"
    " || (has(object.status) && has(object.status.phase) && object.status.phase == 'Bound')"
    " || (has(object.spec.dataSourceRef) && object.spec.dataSourceRef.name == "
    + literal(claim.DESTINATION)
    + " && has(object.metadata.annotations) && "
    + literal(RESTORE_FROM)
    + " in object.metadata.annotations))"
)
# An update that leaves the label alone (binding, resizing, deletion) always passes. One that
# removes the label comes here too: selectors match if the old or the new object does.
_CONDITIONS = {
    **claim.APPLICATIONS,
    "is-set": IS_SET + " && " + LABEL + " != " + literal(NO_BACKUP),
}
START = literal("label " + BACKUP + ": ") + " + " + LABEL + " + "
_NO_TIER = literal(" is no tier; use one of " + ", ".join([*TIERS, NO_BACKUP]))
_TOO_LATE = (
    literal(" comes too late to restore a backup of PVC ")
    + " + object.metadata.name + "
    + literal(
        ", which would bind empty: delete the PVC and create it with the label, or set the label"
        " once it is Bound"
    )
)


def objects(params: PolicyParams) -> list[dict[str, Any]]:
    """The native policy and its binding, for CREATE and UPDATE.

    Without it a typo in a label would silently stop backups.
    """
    exempt = {"key": BACKUP, "operator": "NotIn", "values": [NO_BACKUP]}
    exists = {"key": BACKUP, "operator": "Exists"}
    return native.denying(
        NAME,
        title="The backup label must be one that works",
        description="Denies a value that is no tier, a tier on a PVC whose name is too long to be "
        "restored, and a tier that is set after the creation while the PVC is not Bound.",
        match=kyverno.match(
            [claim.PVCS],
            ["CREATE", "UPDATE"],
            labels=[exists, exempt],
            excluded=params.excluded,
        ),
        conditions=_CONDITIONS,
        validations=[
            {"expression": IS_TIER, "messageExpression": START + _NO_TIER},
            {
                "expression": _FITS,
                "message": "a PVC with more than "
                + str(PVC_NAME_LIMIT)
                + " characters in its name cannot be restored: shorten the name, or set the label "
                + BACKUP
                + " to none with a reason",
            },
            {"expression": _IN_TIME, "messageExpression": START + _TOO_LATE},
        ],
    )
