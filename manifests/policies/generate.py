"""Gives a labelled PVC what a restore needs: destination and Secret. Never blocks a request."""

from typing import Any

from contract import labels
from manifests import kyverno, volsync
from manifests.cel import Cel, literal
from manifests.external_secrets import external_secret
from manifests.params import PolicyParams
from manifests.policies import claim
from manifests.policies.owned import VOLUME, WANTED, metadata

NAME = claim.BACKUP_RESTORE

# Only a PVC that waits for our destination asks for a snapshot; a leftover annotation does not.
_SNAPSHOT = (
    "has(object.metadata.annotations) && variables.words.restoreFrom in object.metadata.annotations"
    " && has(object.spec.dataSourceRef) && object.spec.dataSourceRef.kind == variables.words.kind"
    " && object.spec.dataSourceRef.name == variables.destination"
    " ? string(object.metadata.annotations[variables.words.restoreFrom]) : ''"
)


def policy(params: PolicyParams) -> dict[str, Any]:
    """Applies them at each change of the PVC and in each background scan.

    Movers that work apart have one Secret for all, so that a PVC then gets none. One policy with
    a condition is one call of Kyverno for each request; two would be two.

    A trigger that was set by hand is kept.
    """
    secret = external_secret(metadata(claim.SECRET), secret=claim.SECRET, password=params.password)
    destination = volsync.replication_destination(
        metadata(claim.DESTINATION),
        snapshot=Cel("variables.snapshot"),
        access=claim.ACCESS,
        volume=VOLUME,
    )
    words = {"restoreFrom": labels.RESTORE_FROM, "kind": volsync.DESTINATION}
    objects, made = literal([secret, destination]), "ExternalSecret and ReplicationDestination"
    if params.is_apart:
        objects, made = literal([destination]), "ReplicationDestination"
    if params.is_apart and params.in_namespaces:
        places = literal(list(params.in_namespaces))
        also = "(object.metadata.namespace in " + places + " ? " + literal([secret]) + " : [])"
        objects, made = objects + " + " + also, made + ", and in some namespaces ExternalSecret"
    return kyverno.generating(
        NAME,
        title="Secret and restore destination of a PVC",
        description="Generates " + made + ", owned by the PVC, for "
        "each PVC with a tier label. The destination restores the snapshot that the PVC recorded "
        "and idles where none is recorded.",
        match=claim.tiered(params, ["CREATE", "UPDATE"]),
        conditions={"wanted": WANTED},
        variables={
            "words": literal(words),
            "destination": literal(claim.DESTINATION),
            "snapshot": _SNAPSHOT,
            "objects": objects,
        },
        # A background scan ignores matchConditions, so they are repeated here.
        expressions=[
            "!(" + WANTED + ") || generator.Apply(object.metadata.namespace, variables.objects)"
        ],
    )
