"""Admits a populator's volume only with proof of its restore; without it the PVC stays Pending."""

from typing import Any

from contract import labels, policies
from manifests import kyverno, volsync
from manifests.params import PolicyParams
from manifests.policies import claim, proof

NAME = policies.RESTORE_GATE

_PVC_NAME = "string(object.metadata.labels[variables.words.populator])"
_PVC = (
    "dyn(resource.Get('v1', 'persistentvolumeclaims', object.metadata.namespace,"
    " variables.pvcName))"
)
# Other users of VolSync fill volumes too.
_OURS = "variables.pvc == null || variables.promised"

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
    *proof.RULES,
    (
        "variables.hasImage && has(object.spec.dataSourceRef)"
        " && dyn(object.spec.dataSourceRef) == dyn(variables.destination.status.latestImage)",
        "'the volume is not made from the restored image'",
    ),
)


def policy(params: PolicyParams) -> dict[str, Any]:
    """Judges the CREATE of the populator's PVC, the last one before a restored PVC can bind."""
    words = {
        "populator": labels.POPULATOR_PVC_FOR,
        "prefix": labels.POPULATOR_PREFIX,
        "kind": volsync.DESTINATION,
    }
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
        variables={**proof.variables(_PVC_NAME, _PVC, **words), "ours": _OURS},
        validations=proof.validations(_RULES),
    )
