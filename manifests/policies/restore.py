"""Sets the dataSourceRef of a new labelled PVC with a backup. Without an answer it denies."""

from typing import Any

from manifests import kyverno
from manifests.params import PolicyParams
from manifests.policies import claim, decision

NAME = claim.BACKUP_RESTORE

# Annotations of an earlier decision, which a re-applied manifest may still carry.
_LEFTOVERS = (
    "[variables.words.restoreFrom, variables.words.restoreFromTime]"
    ".filter(key, key in variables.annotations)"
)
_PATCH = """\
!variables.asOfValid || variables.decision == variables.words.unknown ? [] :
variables.restores ?
  (has(object.metadata.annotations) ? [] :
    [JSONPatch{op: "add", path: "/metadata/annotations", value: {}}]) +
  [JSONPatch{op: "add", path: "/metadata/annotations/" +
     jsonpatch.escapeKey(variables.words.restoreFrom), value: variables.snapshot},
   JSONPatch{op: "add", path: "/metadata/annotations/" +
     jsonpatch.escapeKey(variables.words.restoreFromTime), value: variables.time}] +
  (variables.hasSource ? [] :
    [JSONPatch{op: "add", path: "/spec/dataSourceRef", value: {
       "apiGroup": variables.words.group, "kind": variables.words.kind,
       "name": variables.destination}}]) :
variables.leftovers.map(key,
  JSONPatch{op: "remove", path: "/metadata/annotations/" + jsonpatch.escapeKey(key)})"""


def policy(params: PolicyParams) -> dict[str, Any]:
    """The mutating part of `volsync-pvc-backup-restore`."""
    variables = {
        **decision.variables(params),
        "time": "has(variables.answer.time) ? string(variables.answer.time) : ''",
        "hasSource": "has(object.spec.dataSourceRef) || has(object.spec.dataSource)",
        "leftovers": _LEFTOVERS,
    }
    return kyverno.mutating(
        NAME,
        title="Restore a PVC from its newest backup",
        description="Asks pvc-plumber about each new PVC with a tier label. Where a backup exists, "
        "the PVC gets a dataSourceRef to its ReplicationDestination and the chosen snapshot as an "
        "annotation. Records of an earlier restore are overwritten or removed.",
        match=claim.tiered(params, ["CREATE"]),
        # With generateName there is no name yet to ask about; the gate judges the final one.
        conditions={"named": "has(object.metadata.name)"},
        variables=variables,
        patches=[_PATCH],
    )
