"""Lets a populator's volume through only with proof of its restore; without it the PVC waits."""

from typing import Any

from contract import labels, names
from contract.external import PROVIDER, Result
from contract.repository import PIN_CONFIG_MAP, PIN_KEY
from contract.scope import VOLSYNC_NAMESPACE
from manifests import kyverno, volsync
from manifests.cel import Cel, literal
from manifests.params import PolicyParams
from manifests.policies import claim

NAME = "volsync-restore-gate"

_VARIABLES = {
    "pvcName": "string(object.metadata.labels[variables.words.populator])",
    "pvc": "dyn(resource.Get('v1', 'persistentvolumeclaims', object.metadata.namespace,"
    " variables.pvcName))",
    "pvcLabels": "variables.pvc != null && has(variables.pvc.metadata.labels)"
    " ? variables.pvc.metadata.labels : dyn({})",
    "annotations": "variables.pvc != null && has(variables.pvc.metadata.annotations)"
    " ? variables.pvc.metadata.annotations : dyn({})",
    # Other users of VolSync fill volumes too: without our label or record it is not our promise.
    "ours": "variables.pvc == null || variables.words.restoreFrom in variables.annotations ||"
    " (variables.words.label in variables.pvcLabels"
    " && variables.pvcLabels[variables.words.label] in variables.tiers)",
    "recorded": "variables.words.restoreFrom in variables.annotations ?"
    " string(variables.annotations[variables.words.restoreFrom]) : ''",
    "destination": "dyn(resource.Get(variables.words.api, 'replicationdestinations',"
    " object.metadata.namespace, variables.destinationName))",
    "proof": "has(variables.destination.status) && has(variables.destination.status.external)"
    " ? variables.destination.status.external : dyn({})",
    "pin": "dyn(resource.Get('v1', 'configmaps', variables.words.pinNamespace,"
    " variables.words.pin))",
    "start": "'the restore of PVC ' + variables.pvcName + ' is not proven: '",
}

_RULES = (
    ("variables.pvc != null", "'the PVC is gone'"),
    (
        "object.metadata.name == variables.words.prefix + variables.pvc.metadata.uid",
        "'this volume belongs to an earlier PVC of that name'",
    ),
    (
        "has(variables.pvc.spec.dataSourceRef)"
        " && variables.pvc.spec.dataSourceRef.kind == variables.words.kind"
        " && variables.pvc.spec.dataSourceRef.name == variables.destinationName",
        "'its dataSourceRef is not ' + variables.destinationName",
    ),
    (
        "variables.destination != null && has(variables.destination.metadata.ownerReferences)"
        " && variables.destination.metadata.ownerReferences.exists(o,"
        " o.uid == variables.pvc.metadata.uid)"
        " && has(variables.destination.spec.external)"
        " && variables.destination.spec.external.provider == variables.words.provider",
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
    (
        "has(variables.destination.status.latestImage) && has(object.spec.dataSourceRef)"
        " && object.spec.dataSourceRef.kind == variables.destination.status.latestImage.kind"
        " && object.spec.dataSourceRef.name == variables.destination.status.latestImage.name",
        "'the volume is not made from the restored image'",
    ),
)


def policy(params: PolicyParams) -> dict[str, Any]:
    """The last CREATE before a restored PVC can bind."""
    words = {
        "populator": labels.POPULATOR_PVC_FOR,
        "prefix": labels.POPULATOR_PREFIX,
        "label": labels.BACKUP,
        "restoreFrom": labels.RESTORE_FROM,
        "api": volsync.API_VERSION,
        "kind": volsync.DESTINATION,
        "provider": PROVIDER,
        "snapshot": Result.SNAPSHOT,
        "repository": Result.REPOSITORY,
        "pinNamespace": VOLSYNC_NAMESPACE,
        "pin": PIN_CONFIG_MAP,
        "pinKey": PIN_KEY,
    }
    destination = claim.named(names.destination_name, Cel("variables.pvcName"))
    data = {"words": literal(words), "tiers": literal(list(labels.TIERS))}
    names_first = {"pvcName": _VARIABLES["pvcName"], "destinationName": literal(destination)}
    return kyverno.validating(
        NAME,
        title="No restore without proof",
        description="Judges the volume that VolSync's populator makes for a PVC with a tier label: "
        "destination of this very PVC, the image it restored, the snapshot that the PVC asks for, "
        "from the pinned repository. Otherwise denied, and the PVC stays Pending.",
        match=kyverno.match(
            [claim.PVCS],
            ["CREATE"],
            labels=[{"key": labels.POPULATOR_PVC_FOR, "operator": "Exists"}],
            excluded=params.excluded,
        ),
        variables={**data, **names_first, **_VARIABLES},
        validations=[
            {
                "expression": "!variables.ours || (" + rule + ")",
                "messageExpression": "variables.start + " + reason,
            }
            for rule, reason in _RULES
        ],
    )
