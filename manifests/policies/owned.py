"""Expressions and metadata that all objects generated for a PVC share."""

from typing import Any

from contract import labels, names
from contract.schedule import TIERS
from manifests import volsync
from manifests.cel import Cel, literal
from manifests.policies.claim import NAME, NAMESPACE
from manifests.volsync import Volume

# contract.temporary.is_temporary as CEL, turned round, for a PVC that has labels: a policy of the
# cluster's owner may label these volumes as well.
_LASTS = (
    "!("
    + literal(labels.ROLE)
    + " in object.metadata.labels) && !("
    + literal(labels.POPULATOR_PVC_FOR)
    + " in object.metadata.labels && object.metadata.name.startsWith("
    + literal(labels.POPULATOR_PREFIX)
    + ")) && !(has(object.metadata.ownerReferences)"
    " && object.metadata.ownerReferences.exists(owner, owner.apiVersion.startsWith("
    + literal(volsync.GROUP + "/")
    + ")))"
)
# A PVC that is being deleted or has just lost its label gets no new objects, and one with a longer
# name cannot have them. Match constraints are not enough: they apply to the old object too.
WANTED = (
    "!has(object.metadata.deletionTimestamp) && size(object.metadata.name) <= "
    + literal(names.PVC_NAME_LIMIT)
    + " && has(object.metadata.labels) && "
    + literal(labels.BACKUP)
    + " in object.metadata.labels && object.metadata.labels["
    + literal(labels.BACKUP)
    + "] in "
    + literal(list(TIERS))
    + " && "
    + _LASTS
)

VOLUME = Volume(
    capacity=Cel("string(object.spec.resources.requests.storage)"),
    access_modes=Cel("object.spec.accessModes.join(',')"),
    storage_class=Cel(
        "has(object.spec.storageClassName) ? string(object.spec.storageClassName) : ''"
    ),
)


def metadata(name: Cel) -> dict[str, Any]:
    """Metadata with our two labels, and the PVC as the owner whose deletion removes the object."""
    owner = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "name": NAME,
        "uid": Cel("object.metadata.uid"),
    }
    return {
        "name": name,
        "namespace": NAMESPACE,
        "labels": {labels.MANAGED_BY: labels.KYVERNO, labels.PVC: NAME},
        "ownerReferences": [owner],
    }
