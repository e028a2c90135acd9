"""Sets the dataSourceRef of a new labelled PVC with a backup. Without an answer it denies."""

from typing import Any

from contract import labels
from manifests import kyverno
from manifests.cel import literal
from manifests.params import PolicyParams
from manifests.policies import claim, decision

NAME = claim.BACKUP_RESTORE

# With these and without a volume Kubernetes takes a PVC for lost, or for another node's.
_BOUND = (labels.BIND_COMPLETED, labels.BOUND_BY_CONTROLLER, labels.SELECTED_NODE)

# Annotations of an earlier decision, and of an earlier life in which it was bound, which a
# re-applied manifest may still carry.
_LEFTOVERS = (
    "(variables.isRestore ? [] : [variables.words.restoreFrom, variables.words.restoreFromTime])"
    " + (variables.isKnown ? [] : [variables.words.decided])"
    " + (has(object.spec.volumeName) ? [] : variables.bound)"
)
_MARKS = (
    "!variables.isKnown ? {} : !variables.isRestore ?"
    " {variables.words.decided: variables.decision} :"
    " {variables.words.decided: variables.decision,"
    " variables.words.restoreFrom: variables.snapshot,"
    " variables.words.restoreFromTime: variables.time}"
)
_PATCH = """\
(variables.isKnown && !has(object.metadata.annotations) ?
  [JSONPatch{op: "add", path: "/metadata/annotations", value: {}}] : []) +
variables.marks.map(key,
  JSONPatch{op: "add", path: "/metadata/annotations/" + jsonpatch.escapeKey(key),
    value: variables.marks[key]}) +
variables.leftovers.map(key,
  JSONPatch{op: "remove", path: "/metadata/annotations/" + jsonpatch.escapeKey(key)}) +
(variables.isRestore && !variables.hasSource ?
  [JSONPatch{op: "add", path: "/spec/dataSourceRef", value: {
     "apiGroup": variables.words.group, "kind": variables.words.kind,
     "name": variables.destination}}] : [])"""


def policy(params: PolicyParams) -> dict[str, Any]:
    """The mutating part of `volsync-pvc-backup-restore`."""
    variables = {
        **decision.variables(params, decided=labels.DECISION),
        "isKnown": "variables.asOfValid && variables.decision != variables.words.unknown",
        # Only text that was checked becomes part of a URL.
        "isRestore": "variables.isKnown && variables.restores",
        "time": "has(variables.answer.time) ? string(variables.answer.time) : ''",
        "hasSource": "has(object.spec.dataSourceRef) || has(object.spec.dataSource)",
        "bound": literal(list(_BOUND)),
        "marks": _MARKS,
        "leftovers": "(" + _LEFTOVERS + ").filter(key, key in variables.annotations)",
    }
    return kyverno.mutating(
        NAME,
        title="Restore a PVC from its newest backup",
        description="Asks pvc-plumber about each new PVC with a tier label, and records the "
        "decision. Where a backup exists, the PVC gets a dataSourceRef to its "
        "ReplicationDestination and the chosen snapshot as an annotation. Records "
        "of an earlier life are overwritten or removed.",
        match=claim.tiered(params, ["CREATE"]),
        # With generateName there is no name yet to ask about; the gate judges the final one.
        conditions={**claim.APPLICATIONS, "named": "has(object.metadata.name)"},
        variables=variables,
        patches=[_PATCH],
    )
