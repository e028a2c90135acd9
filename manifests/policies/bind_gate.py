"""Lets a PVC that waits for its restore bind to the restored volume only."""

from typing import Any

from contract import labels, names, policies
from manifests import kyverno, volsync
from manifests.cel import literal
from manifests.params import PolicyParams
from manifests.policies import claim, proof

NAME = policies.BIND_GATE
WAITS = "waits-for-its-restore"

# The API server evaluates these conditions, so it asks Kyverno about binding only: resizing,
# deletion, labels and finalizers never depend on it. The dataSourceRef is immutable, unlike the
# label and the recorded snapshot.
_CONDITIONS = {
    "binds": "has(object.spec.volumeName) && object.spec.volumeName != '' &&"
    " (!has(oldObject.spec.volumeName) || oldObject.spec.volumeName == '')",
    WAITS: "has(object.spec.dataSourceRef)"
    " && has(object.spec.dataSourceRef.apiGroup)"
    " && object.spec.dataSourceRef.apiGroup == "
    + literal(volsync.GROUP)
    + " && object.spec.dataSourceRef.kind == "
    + literal(volsync.DESTINATION)
    + " && object.spec.dataSourceRef.name == "
    + literal(claim.named(names.destination_name)),
}
_VARIABLES = {
    # Other users of VolSync may give their destinations the same names.
    "ours": "variables.promised || variables.ourDestination",
    "prime": "dyn(resource.Get('v1', 'persistentvolumeclaims', object.metadata.namespace,"
    " variables.words.prefix + object.metadata.uid))",
    "volume": "dyn(resource.Get('v1', 'persistentvolumes', '', object.spec.volumeName))",
}
_RULES = (
    *proof.RULES,
    # VolSync keeps its temporary PVC until this bind is done, so that PVC shows whose volume it is.
    (
        "variables.hasImage && variables.prime != null && has(variables.prime.spec.volumeName)"
        " && variables.prime.spec.volumeName == object.spec.volumeName"
        " && has(variables.prime.spec.dataSourceRef)"
        " && dyn(variables.prime.spec.dataSourceRef)"
        " == dyn(variables.destination.status.latestImage)",
        "'volume ' + object.spec.volumeName + ' was not filled from the restored image; release'"
        " + ' or delete that PersistentVolume'",
    ),
    # A volume provisioned for its PVC is reserved for it from creation. One that the controller had
    # to reserve existed before, and its content is unknown.
    (
        "variables.volume != null && !(has(variables.volume.metadata.annotations)"
        " && variables.words.found in variables.volume.metadata.annotations)",
        "'volume ' + object.spec.volumeName + ' was there before the restore; delete that'"
        " + ' PersistentVolume and PVC ' + variables.words.prefix + object.metadata.uid",
    ),
)


def policy(params: PolicyParams) -> dict[str, Any]:
    """Judges the UPDATE that gives a PVC its volume."""
    words = {"prefix": labels.POPULATOR_PREFIX, "found": labels.BOUND_BY_CONTROLLER}
    return kyverno.validating(
        NAME,
        title="A waiting PVC binds to its restored volume only",
        description="Judges the update that gives a volume to a PVC whose dataSourceRef is its own "
        "ReplicationDestination: the restore is proven as for the restore gate, and the volume is "
        "the one that VolSync's populator made from its image. A PersistentVolume that happens to "
        "fit is denied, and the PVC stays Pending. The API server itself leaves all other updates "
        "alone.",
        match=kyverno.match([claim.PVCS], ["UPDATE"], labels=[], excluded=params.excluded),
        conditions=_CONDITIONS,
        variables={
            **proof.variables("string(object.metadata.name)", "dyn(object)", **words),
            **_VARIABLES,
        },
        validations=proof.validations(_RULES),
    )
