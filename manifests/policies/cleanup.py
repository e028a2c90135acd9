"""Deletes a PVC's three objects once it has no tier label, and keeps them in any doubt."""

from typing import Any

from contract import labels, names
from contract.schedule import TIERS
from manifests import external_secrets, kyverno, volsync
from manifests.cel import Cel, literal
from manifests.params import PolicyParams
from manifests.policies.claim import named

NAME = "volsync-orphan-cleanup"

_LIVING = (
    "dyn(resource.Get('v1', 'persistentvolumeclaims', object.metadata.namespace,"
    " object.metadata.labels[variables.words.pvc]))"
)
_CONDITIONS = {
    # Someone else's object may carry our labels; it has another name.
    "ours": "object.metadata.name in variables.names",
    "unwanted": "variables.living == null || !has(variables.living.metadata.labels)"
    " || !(variables.words.label in variables.living.metadata.labels)"
    " || !(variables.living.metadata.labels[variables.words.label] in variables.tiers)",
}


def policy(params: PolicyParams) -> dict[str, Any]:
    """Looks up each object's PVC in the API server. NotFound counts as gone, an error does not."""
    kinds = {
        tuple(volsync.API_VERSION.split("/")): ["replicationsources", "replicationdestinations"],
        tuple(external_secrets.API_VERSION.split("/")): ["externalsecrets"],
    }
    words = {"pvc": labels.PVC, "label": labels.BACKUP}
    pvc = Cel("variables.pvc")
    claim_names = [
        named(f, pvc) for f in (names.source_name, names.destination_name, names.secret_name)
    ]
    match = [
        kyverno.match(
            resources,
            ["*"],
            group=group,
            version=version,
            labels=[
                {"key": labels.MANAGED_BY, "operator": "In", "values": [labels.KYVERNO]},
                {"key": labels.PVC, "operator": "Exists"},
            ],
            excluded=params.excluded,
        )
        for (group, version), resources in kinds.items()
    ]
    rules = [rule for constraints in match for rule in constraints["resourceRules"]]
    return kyverno.deleting(
        NAME,
        title="Remove what backed up a PVC without a label",
        description="Deletes ReplicationSource, ReplicationDestination and ExternalSecret of a PVC "
        "that is gone or no longer carries a tier label. Snapshots in the repository stay.",
        match={**match[0], "resourceRules": rules},
        schedule=params.cleanup,
        conditions=_CONDITIONS,
        variables={
            "words": literal(words),
            "tiers": literal(list(TIERS)),
            "pvc": "string(object.metadata.labels[variables.words.pvc])",
            "names": literal(claim_names),
            "living": _LIVING,
        },
    )
