"""Denies a backup label that protects nothing. No look-up; asks Kyverno only about wrong labels."""

from typing import Any

from contract.labels import BACKUP, NO_BACKUP, TIERS
from contract.names import PVC_NAME_LIMIT
from manifests import kyverno
from manifests.cel import Cel, literal
from manifests.params import PolicyParams
from manifests.policies import claim

NAME = "volsync-backup-label"

_KEY = literal(BACKUP)
_NEW, _OLD = "object.metadata.labels", "oldObject.metadata.labels"
# The API server evaluates these, so a correct label never depends on Kyverno, and an update that
# leaves the label alone (binding, resizing, deletion) always passes. An update that removes the
# label comes here too: selectors match if the old or the new object does.
_SET = "has(" + _NEW + ") && " + _KEY + " in " + _NEW
_CHANGED = (
    "request.operation == 'CREATE' || !has(" + _OLD + ") || !(" + _KEY + " in " + _OLD + ")"
    " || " + _OLD + "[" + _KEY + "] != " + _NEW + "[" + _KEY + "]"
)
_WRONG = (
    _NEW + "[" + _KEY + "] != " + literal(NO_BACKUP) + " && "
    "(!(" + _NEW + "[" + _KEY + "] in " + literal(list(TIERS)) + ") || (has(object.metadata.name)"
    " && size(object.metadata.name) > " + literal(PVC_NAME_LIMIT) + "))"
)
_CONDITIONS = {"set-to-a-wrong-value": _SET + " && (" + _CHANGED + ") && (" + _WRONG + ")"}


def policy(params: PolicyParams) -> dict[str, Any]:
    """CREATE and UPDATE: a typo in a label would silently stop backups."""
    words = {
        "key": BACKUP,
        "tiers": list(TIERS),
        "label": Cel(_NEW + "[" + _KEY + "]"),
        "limit": PVC_NAME_LIMIT,
    }
    shown = ", ".join([*TIERS, NO_BACKUP])
    exempt = {"key": BACKUP, "operator": "NotIn", "values": [NO_BACKUP]}
    exists = {"key": BACKUP, "operator": "Exists"}
    return kyverno.validating(
        NAME,
        title="The backup label must be one that works",
        description="Denies a value that is no tier, and a tier on a PVC whose name is too long to "
        "be restored, when the label is set or changed. Everything else never reaches Kyverno.",
        match=kyverno.match(
            [claim.PVCS],
            ["CREATE", "UPDATE"],
            labels=[exists, exempt],
            excluded=params.excluded,
        ),
        conditions=_CONDITIONS,
        variables={"words": literal(words), "values": literal(shown)},
        validations=[
            {
                "expression": "variables.words.label in variables.words.tiers",
                "messageExpression": "'label ' + string(variables.words.key) + ': ' +"
                " string(variables.words.label) + ' is no tier; use one of ' + variables.values",
            },
            {
                "expression": "size(object.metadata.name) <= int(variables.words.limit)",
                "messageExpression": "'a PVC with more than ' + string(variables.words.limit) +"
                " ' characters in its name cannot be restored: shorten the name, or set the label'"
                " + ' ' + string(variables.words.key) + ' to none with a reason'",
            },
        ],
    )
