"""Bounds what the mover makes of the storage's snapshots. The API server judges by itself."""

from typing import Any

from contract.labels import ROLE
from contract.scope import MOVERS_NAMESPACE
from contract.volsync import SNAPSHOT_GROUP
from manifests import kyverno, native
from manifests.cel import literal
from manifests.params import PolicyParams
from manifests.policies.mover_label import BY_MOVER

NAME = "volsync-mover-content"

_KEY = literal(ROLE)
_START = "the mover's VolumeSnapshotContents "


def _is_marked(content: str) -> str:
    labels = content + ".metadata.labels"
    return "(has(" + labels + ") && " + _KEY + " in " + labels + ")"


# A content that was not the mover's before is somebody's dynamic one, whose end deletes a snapshot.
_IS_ITS_OWN = (
    "(request.operation == 'DELETE' || "
    + _is_marked("object")
    + ") && (request.operation == 'CREATE' || "
    + _is_marked("oldObject")
    + ")"
)


def objects(params: PolicyParams) -> list[dict[str, Any]]:
    """The native policy and its binding, for the mover's account alone.

    RBAC cannot tell one content from another: without this the account could delete every snapshot
    of the cluster at the storage, or have any of them shown in any namespace.
    """
    closed = [name for name in params.excluded if name != MOVERS_NAMESPACE]
    return native.denying(
        NAME,
        title="The mover only lends snapshots",
        description="Denies the mover's account a VolumeSnapshotContent that would delete at the "
        "storage, asks for a new snapshot, or leads into an excluded namespace other than the "
        "movers' own; and any change or deletion of a content that is not the mover's.",
        match={
            "matchPolicy": "Equivalent",
            "resourceRules": [
                kyverno.rule(
                    ["volumesnapshotcontents"],
                    ["CREATE", "UPDATE", "DELETE"],
                    group=SNAPSHOT_GROUP,
                )
            ],
        },
        conditions={"by-mover": BY_MOVER},
        variables={"closed": literal(closed)},
        validations=[
            {
                "expression": _IS_ITS_OWN,
                "message": _START + "carry its label " + ROLE + "; it may touch no others",
                "reason": "Forbidden",
            },
            {
                "expression": "request.operation == 'DELETE'"
                " || object.spec.deletionPolicy == 'Retain'",
                "message": _START + "must have the deletionPolicy Retain",
                "reason": "Forbidden",
            },
            {
                "expression": "request.operation == 'DELETE'"
                " || has(object.spec.source.snapshotHandle)",
                "message": _START + "must name a snapshot that is there, by source.snapshotHandle",
                "reason": "Forbidden",
            },
            {
                "expression": "request.operation == 'DELETE'"
                " || !(object.spec.volumeSnapshotRef.namespace in variables.closed)",
                "message": _START + "must not lead into a namespace that is excluded from backup",
                "reason": "Forbidden",
            },
        ],
    )
