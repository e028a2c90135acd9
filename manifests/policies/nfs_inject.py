"""Mounts the repository into our mover Jobs. While Kyverno is down, no such Job can be created."""

from typing import Any

from contract import labels, repository
from contract.repository import NfsExport
from contract.scope import MOVERS_NAMESPACE
from manifests import kyverno
from manifests.cel import Cel, literal
from manifests.params import PolicyParams
from manifests.policies.mover_label import BY_MOVER

NAME = "volsync-nfs-inject"

# VolSync's own movers carry created-by too, so the role label, which only our mover sets, decides.
_LABELS = [
    {"key": labels.CREATED_BY, "operator": "In", "values": [labels.VOLSYNC]},
    {"key": labels.ROLE, "operator": "In", "values": [labels.SOURCE, labels.DESTINATION]},
]
_HAD_IT = (
    "has(oldObject.spec.template.spec.volumes) &&"
    " oldObject.spec.template.spec.volumes.exists(v, v.name == variables.name)"
)
_PATCH = """\
!variables.wanted ? [] :
(has(variables.pod.volumes) ? [] :
  [JSONPatch{op: "add", path: variables.at + "volumes", value: []}]) +
(variables.volumes.exists(v, v.name == variables.name) ? [] :
  [JSONPatch{op: "add", path: variables.at + "volumes/-", value: variables.volume}]) +
variables.lacking.filter(i, !has(variables.pod.containers[i].volumeMounts)).map(i,
  JSONPatch{
  op: "add", path: variables.at + "containers/" + string(i) + "/volumeMounts",
  value: []}) +
variables.lacking.map(i, JSONPatch{
  op: "add", path: variables.at + "containers/" + string(i) + "/volumeMounts/-",
  value: variables.mount})"""


def _match(params: PolicyParams) -> dict[str, Any]:
    jobs = kyverno.match(
        ["jobs"],
        ["CREATE", "UPDATE"],
        group="batch",
        labels=_LABELS,
        excluded=params.excluded,
    )
    if not params.is_apart:
        return jobs
    places = [MOVERS_NAMESPACE, *params.in_namespaces]
    return {**jobs, "namespaceSelector": kyverno.namespaces("In", places)}


def policy(params: PolicyParams, export: NfsExport) -> dict[str, Any]:
    """Adds volume and mounts on CREATE; on UPDATE only where the old Job had them."""
    read_only = Cel("variables.readOnly")
    nfs = {"server": export.server, "path": export.path, "readOnly": read_only}
    mount = {
        "name": repository.VOLUME,
        "mountPath": repository.MOUNT_PATH,
        "readOnly": read_only,
    }
    role = {"key": labels.ROLE, "readOnly": labels.DESTINATION}
    return kyverno.mutating(
        NAME,
        title="Mount the backup repository into mover Jobs",
        description="Adds the NFS volume, and a mount to every container that lacks it, to each "
        "Job that the mover's account creates; read-only for a restore. Idempotent, so an update "
        "cannot loop.",
        match=_match(params),
        conditions={"by-mover": BY_MOVER},
        variables={
            "name": literal(repository.VOLUME),
            "role": literal(role),
            "at": literal("/spec/template/spec/"),
            "pod": "object.spec.template.spec",
            "volumes": "has(variables.pod.volumes) ? variables.pod.volumes : dyn([])",
            "readOnly": "object.metadata.labels[variables.role.key] == variables.role.readOnly",
            "volume": literal({"name": repository.VOLUME, "nfs": nfs}),
            "mount": literal(mount),
            # A Job's template is immutable: a Job created without the volume must stay as it is.
            "wanted": "request.operation == 'CREATE' || (" + _HAD_IT + ")",
            "lacking": "lists.range(size(variables.pod.containers)).filter(i,"
            " !has(variables.pod.containers[i].volumeMounts) ||"
            " !variables.pod.containers[i].volumeMounts.exists(m, m.name == variables.name))",
        },
        patches=[_PATCH],
    )
