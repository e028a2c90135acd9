"""The labelled PVC of a request: how policies match it, and its contract names as CEL."""

from collections.abc import Callable, Sequence
from typing import Any

from contract import names
from contract.labels import BACKUP
from contract.names import Claim
from contract.schedule import TIERS
from manifests import kyverno
from manifests.cel import Cel, concat
from manifests.params import PolicyParams
from manifests.volsync import Access

BACKUP_RESTORE = "volsync-pvc-backup-restore"
TIERED = {"key": BACKUP, "operator": "In", "values": list(TIERS)}
PVCS = "persistentvolumeclaims"

NAMESPACE = Cel("object.metadata.namespace")
NAME = Cel("object.metadata.name")

_PROBE = "probe"
ANY = Claim(_PROBE, _PROBE)  # where a function wants a claim but the result does not depend on it


def tiered(
    params: PolicyParams, operations: Sequence[str], resources: Sequence[str] = (PVCS,)
) -> dict[str, Any]:
    """Match PVCs with a tier label outside the excluded namespaces."""
    return kyverno.match(resources, operations, labels=[TIERED], excluded=params.excluded)


def named(name_of: Callable[[Claim], str], pvc: Cel = NAME) -> Cel:
    """`name_of` as CEL. Exact for PVC names up to PVC_NAME_LIMIT: longer ones are refused."""
    before, after = name_of(ANY).split(_PROBE)
    return concat(before, pvc, after)


SOURCE = named(names.source_name)
DESTINATION = named(names.destination_name)
SECRET = named(names.secret_name)
ACCESS = Access(secret=SECRET, user=named(lambda claim: names.identity(claim).user), host=NAMESPACE)
