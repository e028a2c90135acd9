"""Proof of a restore: the rules that restore gate and bind gate share.

A policy that uses them defines the variables `pvcName` and `pvc`, the PVC that asks for a restore.
"""

from collections.abc import Sequence

from contract import labels, names
from contract.repository import PIN_CONFIG_MAP, PIN_KEY
from contract.schedule import TIERS
from contract.scope import VOLSYNC_NAMESPACE
from contract.volsync import PROVIDER, StatusKey
from manifests import volsync
from manifests.cel import Cel, literal
from manifests.policies import claim

Rule = tuple[str, str]  # an expression that must be true, and the message where it is not

_WORDS = {
    "label": labels.BACKUP,
    "restoreFrom": labels.RESTORE_FROM,
    "api": volsync.API_VERSION,
    "provider": PROVIDER,
    "snapshot": StatusKey.SNAPSHOT,
    "repository": StatusKey.REPOSITORY,
    "pinNamespace": VOLSYNC_NAMESPACE,
    "pin": PIN_CONFIG_MAP,
    "pinKey": PIN_KEY,
}
_VARIABLES = {
    "pvcLabels": "variables.pvc != null && has(variables.pvc.metadata.labels)"
    " ? variables.pvc.metadata.labels : dyn({})",
    "annotations": "variables.pvc != null && has(variables.pvc.metadata.annotations)"
    " ? variables.pvc.metadata.annotations : dyn({})",
    # We promised a restore where the PVC has our label or a recorded snapshot; one is enough.
    "promised": "variables.words.restoreFrom in variables.annotations ||"
    " (variables.words.label in variables.pvcLabels"
    " && variables.pvcLabels[variables.words.label] in variables.tiers)",
    "recorded": "variables.words.restoreFrom in variables.annotations ?"
    " string(variables.annotations[variables.words.restoreFrom]) : ''",
    "destination": "dyn(resource.Get(variables.words.api, 'replicationdestinations',"
    " object.metadata.namespace, variables.destinationName))",
    "ourDestination": "variables.destination != null"
    " && has(variables.destination.spec.external)"
    " && variables.destination.spec.external.provider == variables.words.provider",
    "proof": "has(variables.destination.status) && has(variables.destination.status.external)"
    " ? variables.destination.status.external : dyn({})",
    "hasImage": "has(variables.destination.status)"
    " && has(variables.destination.status.latestImage)",
    "pin": "dyn(resource.Get('v1', 'configmaps', variables.words.pinNamespace,"
    " variables.words.pin))",
    "start": "'the restore of PVC ' + variables.pvcName + ' is not proven: '",
}

RULES: Sequence[Rule] = (
    (
        "variables.ourDestination && has(variables.destination.metadata.ownerReferences)"
        " && variables.destination.metadata.ownerReferences.exists(o,"
        " o.uid == variables.pvc.metadata.uid)",
        "variables.destinationName + ' is missing or was made for another PVC'",
    ),
    (
        "variables.pin != null && has(variables.pin.data)"
        " && variables.words.pinKey in variables.pin.data"
        " && variables.pin.data[variables.words.pinKey] != ''"
        " && variables.words.repository in variables.proof"
        " && variables.proof[variables.words.repository]"
        " == variables.pin.data[variables.words.pinKey]",
        "'it did not come from the pinned repository'",
    ),
    (
        "variables.recorded != '' && variables.words.snapshot in variables.proof"
        " && variables.proof[variables.words.snapshot] == variables.recorded",
        "'the PVC asks for snapshot ' + variables.recorded + ', restored was ' +"
        " (variables.words.snapshot in variables.proof ?"
        " string(variables.proof[variables.words.snapshot]) : 'none')",
    ),
)


def variables(pvc_name: str, pvc: str, **words: str) -> dict[str, str]:
    """All shared variables, with the PVC's name and object as CEL; `words` is further data."""
    return {
        "words": literal({**_WORDS, **words}),
        "tiers": literal(list(TIERS)),
        "pvcName": pvc_name,
        "destinationName": literal(claim.named(names.destination_name, Cel("variables.pvcName"))),
        "pvc": pvc,
        **_VARIABLES,
    }


def validations(rules: Sequence[Rule]) -> list[dict[str, str]]:
    """The rules as validations, for our PVCs only: the policy's variable `ours` says which."""
    return [
        {
            "expression": "!variables.ours || (" + rule + ")",
            "messageExpression": "variables.start + " + reason,
        }
        for rule, reason in rules
    ]
