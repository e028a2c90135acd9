"""Denies a labelled PVC whose backup state is unknown or that would not restore its backup."""

from typing import Any

from manifests import kyverno
from manifests.params import PolicyParams
from manifests.policies import claim, decision

NAME = claim.BACKUP_RESTORE

_VARIABLES = {
    "sources": "(has(object.spec.dataSourceRef) ? [dyn(object.spec.dataSourceRef)] : []) +"
    " (has(object.spec.dataSource) ? [dyn(object.spec.dataSource)] : [])",
    "foreign": "variables.sources.exists(source,"
    " !has(source.apiGroup) || source.apiGroup != variables.words.group"
    " || source.kind != variables.words.kind || source.name != variables.destination"
    " || (has(source.namespace) && source.namespace != object.metadata.namespace))",
    "recorded": "variables.words.restoreFrom in variables.annotations ?"
    " string(variables.annotations[variables.words.restoreFrom]) : ''",
    "reason": "has(variables.answer.reason) ? string(variables.answer.reason)"
    " : 'pvc-plumber answered HTTP ' + string(variables.answer.statusCode)",
    "hint": "'Newest backup: ' + variables.snapshot + '. To start empty on purpose set annotation '"
    " + variables.words.startEmpty + ' to that id.'",
}

_VALIDATIONS = [
    {
        "expression": "variables.asOfValid",
        "messageExpression": "'annotation ' + variables.words.asOf +"
        " ' must be a time in UTC such as 2026-01-31T12:00:00Z'",
    },
    {
        "expression": "variables.decision != variables.words.unknown",
        "messageExpression": "'the backup state of PVC ' + object.metadata.name +"
        " ' is unknown, so it could bind empty over a backup: ' + variables.reason +"
        " '. Mend that and create the PVC again.'",
    },
    {
        "expression": "!variables.foreign",
        "messageExpression": "'a PVC with a backup label is filled from its own backup only: '"
        " + 'remove dataSource and dataSourceRef, or create it without the label and add the label'"
        " + ' once it is Bound'",
    },
    {
        "expression": "!variables.restores || (variables.snapshot != ''"
        " && has(object.spec.dataSourceRef) && variables.recorded == variables.snapshot)",
        "messageExpression": "'a backup exists, but this PVC would not restore it; create it'"
        " + ' again. ' + variables.hint",
    },
    {
        "expression": "!variables.restores || !has(object.spec.volumeName)"
        " || object.spec.volumeName == ''",
        "messageExpression": "'a backup exists, but spec.volumeName binds a volume that cannot be"
        " filled from it: remove volumeName. ' + variables.hint",
    },
    {
        "expression": "variables.restores || size(variables.sources) == 0",
        "messageExpression": "'dataSourceRef asks for a restore, but there is none: ' +"
        " variables.reason + '; remove dataSourceRef, or check namespace, name and repository'",
    },
    {
        "expression": "variables.restores || variables.asOf == ''",
        "messageExpression": "'annotation ' + variables.words.asOf +"
        " ' asks for an older state, but no backup of this PVC is known: remove it, or check'"
        " + ' namespace, name and repository'",
    },
]


def policy(params: PolicyParams) -> dict[str, Any]:
    """The validating part of `volsync-pvc-backup-restore`, deployed last and removed first."""
    return kyverno.validating(
        NAME,
        title="No PVC binds empty over a backup",
        description="Judges each new PVC with a tier label as the mutating policy left it, by a "
        "second answer of pvc-plumber. A backup must be restored, exactly the recorded snapshot; "
        "an unknown state, another data source or no answer at all is denied.",
        match=claim.tiered(params, ["CREATE"]),
        conditions=claim.APPLICATIONS,
        variables={**decision.variables(params), **_VARIABLES},
        validations=_VALIDATIONS,
    )
