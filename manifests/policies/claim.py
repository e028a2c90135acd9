"""The labelled PVC of a request: match constraints for it, and its objects' names as CEL."""

from collections.abc import Callable, Sequence
from typing import Any

from contract import names, policies, scope
from contract.labels import BACKUP
from contract.names import Claim
from contract.schedule import TIERS
from manifests import kyverno
from manifests.cel import Cel, concat, literal
from manifests.params import PolicyParams
from manifests.volsync import Access

BACKUP_RESTORE = policies.BACKUP_RESTORE
TIERED = {"key": BACKUP, "operator": "In", "values": list(TIERS)}
PVCS = "persistentvolumeclaims"

# VolSync and the mover make volumes of their own, on which a policy of the cluster's owner may set
# the label as well. Who asks is known to the API server; a label is anybody's to write.
APPLICATIONS = {
    "applications": "request.operation != 'CREATE' || !(request.userInfo.username in "
    + literal([scope.MOVER_ACCOUNT, scope.VOLSYNC_ACCOUNT])
    + ")",
}

NAMESPACE = Cel("object.metadata.namespace")
NAME = Cel("object.metadata.name")

_PROBE = "probe"
ANY = Claim(_PROBE, _PROBE)  # for functions whose result does not depend on the claim


def tiered(
    params: PolicyParams, operations: Sequence[str], resources: Sequence[str] = (PVCS,)
) -> dict[str, Any]:
    """Match constraints for PVCs with a tier label outside the excluded namespaces."""
    return kyverno.match(resources, operations, labels=[TIERED], excluded=params.excluded)


def named(name_of: Callable[[Claim], str], pvc: Cel = NAME) -> Cel:
    """The result of `name_of` as a CEL expression over the PVC's name.

    It is exact for PVC names up to PVC_NAME_LIMIT; longer ones are refused.
    """
    prefix, suffix = name_of(ANY).split(_PROBE)
    return concat(prefix, pvc, suffix)


SOURCE = named(names.source_name)
DESTINATION = named(names.destination_name)
SECRET = named(names.secret_name)
SECRET_PREFIX = literal(names.SECRET_PREFIX)
ACCESS = Access(secret=SECRET, user=named(lambda claim: names.identity(claim).user), host=NAMESPACE)
