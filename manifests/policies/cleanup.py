"""Deletes a PVC's objects once nothing needs them, and keeps them in any doubt."""

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
# Someone else's object may carry our labels; it has another name.
_OURS = "object.metadata.name in variables.names"
_UNWANTED = (
    "variables.living == null || !has(variables.living.metadata.labels)"
    " || !(variables.words.label in variables.living.metadata.labels)"
    " || !(variables.living.metadata.labels[variables.words.label] in variables.tiers)"
)
# Where movers work apart, a Secret of the time when they did not. A mover that began then still
# mounts it, and once its pod runs it keeps what it has mounted.
_LEFT_OVER = (
    "object.kind == variables.words.secretKind"
    " && !(object.metadata.namespace in variables.inNamespaces)"
    " && !variables.jobs.exists(job, variables.words.role in job.metadata.labels"
    " && variables.words.pvc in job.metadata.labels"
    " && job.metadata.labels[variables.words.pvc] == variables.pvc"
    " && !(has(job.status) && has(job.status.conditions) && job.status.conditions.exists(one,"
    " one.type in ['Complete', 'Failed'] && one.status == 'True')))"
)
_JOBS = (
    "dyn(resource.List('batch/v1', 'jobs', object.metadata.namespace)).items"
    ".filter(job, has(job.metadata.labels))"
)


def policy(params: PolicyParams) -> dict[str, Any]:
    """Looks up each object's PVC in the API server. NotFound counts as gone, an error does not."""
    kinds = {
        tuple(volsync.API_VERSION.split("/")): ["replicationsources", "replicationdestinations"],
        tuple(external_secrets.API_VERSION.split("/")): ["externalsecrets"],
    }
    words = {"pvc": labels.PVC, "label": labels.BACKUP}
    unwanted, more = _UNWANTED, {}
    if params.is_apart:
        words |= {"role": labels.ROLE, "secretKind": external_secrets.SECRET}
        unwanted = "(" + _UNWANTED + ") || (" + _LEFT_OVER + ")"
        more = {"inNamespaces": literal(list(params.in_namespaces)), "jobs": _JOBS}
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
        conditions={"ours": _OURS, "unwanted": unwanted},
        variables={
            "words": literal(words),
            "tiers": literal(list(TIERS)),
            "pvc": "string(object.metadata.labels[variables.words.pvc])",
            "names": literal(claim_names),
            "living": _LIVING,
            **more,
        },
    )
