"""Guards: native policies that deny PVCs while Kyverno does not judge them by its policy.

Kyverno removes its webhooks when it is scaled to zero, and has none before its first start. Until
they are back every PVC would pass (observed with Kyverno 1.19.1). Its ConfigMap can narrow them:
it adds the selectors there to those of each policy.
"""

from typing import Any

from contract.admission import KIND
from contract.labels import BACKUP
from contract.schedule import TIERS
from contract.scope import KYVERNO_WEBHOOKS
from manifests import native
from manifests.cel import literal

FAILS_CLOSED = "vpol.validate.kyverno.svc-fail"  # how Kyverno's names of such webhooks begin
# What Kyverno adds to the conditions of each webhook: nodes and certificate requests pass.
BOOTSTRAP = "kyverno-exclude-bootstrap-resources"
# The API server always watches this kind. A kind that it watches only for a guard it would not
# watch again after all guards have been removed and put back (Kubernetes 1.34, 1.36).
WEBHOOKS = (native.API_VERSION, KIND, KYVERNO_WEBHOOKS)
_LABELLED = {"matchExpressions": [{"key": BACKUP, "operator": "In", "values": list(TIERS)}]}

_VARIABLES = {
    "webhooks": "has(params.webhooks) ? params.webhooks.filter(webhook,"
    " webhook.name.startsWith(variables.words.prefix)"
    " && webhook.name.endsWith(variables.words.suffix)) : []",
    "labels": "has(object.metadata.labels) ? object.metadata.labels : {}",
    "namespaceLabels": "has(namespaceObject.metadata.labels) ?"
    " namespaceObject.metadata.labels : {}",
}
# Kyverno's webhook for the policy, called for this very request. An operator of selectors that is
# not known here selects nothing, and so denies.
_CALLED = (
    "webhook.failurePolicy == 'Fail'"
    " && webhook.rules.exists(rule, request.operation in rule.operations"
    " && request.resource.resource in rule.resources)"
    " && (!has(webhook.matchConditions) || webhook.matchConditions.all(condition,"
    " condition.name == variables.words.bootstrap || condition.expression in variables.conditions))"
    " && [[dyn(webhook.namespaceSelector), dyn(variables.namespaceLabels)],"
    " [dyn(webhook.objectSelector), dyn(variables.labels)]].all(pair,"
    " (!has(pair[0].matchLabels) || pair[0].matchLabels.all(key,"
    " key in pair[1] && pair[1][key] == pair[0].matchLabels[key]))"
    " && (!has(pair[0].matchExpressions) || pair[0].matchExpressions.all(term,"
    " term.operator == 'Exists' ? term.key in pair[1] :"
    " term.operator == 'DoesNotExist' ? !(term.key in pair[1]) :"
    " term.operator == 'In' ? term.key in pair[1] && pair[1][term.key] in term.values :"
    " term.operator == 'NotIn' && !(term.key in pair[1] && pair[1][term.key] in term.values))))"
)


def guard(policy: dict[str, Any]) -> list[dict[str, Any]]:
    """A native policy and its binding that deny what `policy` matches and Kyverno is not asked.

    While the whole webhook configuration is missing, conditions are not evaluated. Therefore only
    PVCs with a tier label are guarded, even for a policy that matches every PVC: all updates of
    these wait.
    """
    name, spec = policy["metadata"]["name"], policy["spec"]
    conditions = {pair["name"]: pair["expression"] for pair in spec.get("matchConditions", [])}
    words = {"prefix": FAILS_CLOSED, "suffix": f"-{name}", "bootstrap": BOOTSTRAP}
    unjudged = "and unjudged it could bind a volume without its backup"
    missing = f"Kyverno does not judge this by its policy {name}, {unjudged}."
    missing += " Start Kyverno; docs/runbook.md, Break glass, has more"
    narrowed = f"Kyverno is not asked about this by its policy {name}, {unjudged}. What narrows its"
    narrowed += " webhook has to go: look at the key webhooks of Kyverno's ConfigMap"
    return native.denying(
        name,
        title=f"Guard of {name}",
        description="Denies what the Kyverno policy of this name matches while Kyverno's webhook "
        "for it is not there, or would not be called for this very request.",
        match={"objectSelector": _LABELLED, **spec["matchConstraints"]},
        conditions=conditions,
        variables={
            "words": literal(words),
            "conditions": literal(list(conditions.values())),
            **_VARIABLES,
        },
        validations=[
            {
                "expression": "size(variables.webhooks) > 0",
                "message": missing,
                "reason": "Forbidden",
            },
            {
                "expression": "size(variables.webhooks) == 0 || variables.webhooks.exists(webhook, "
                + _CALLED
                + ")",
                "message": narrowed,
                "reason": "Forbidden",
            },
        ],
        parameter=WEBHOOKS,
    )
