"""The admission webhook of pvc-plumber, and the guard that looks after it."""

from typing import Any

from contract import admission, labels
from contract.answer import WEBHOOK_TIMEOUT
from contract.schedule import TIERS
from contract.scope import VOLSYNC_NAMESPACE
from manifests import kyverno, native
from manifests.cel import literal
from manifests.params import PolicyParams
from manifests.policies import claim

GUARD = f"{admission.CONFIGURATION}-webhook"

_KEY, _TIERS = literal(labels.BACKUP), literal(list(TIERS))


def _is_tiered(pvc: str) -> str:
    return (
        f"(has({pvc}.metadata.labels) && {_KEY} in {pvc}.metadata.labels"
        f" && {pvc}.metadata.labels[{_KEY}] in {_TIERS})"
    )


# A tier that the PVC had already is no question, so that no other update waits for anybody. A PVC
# that is not Bound is judged by volsync-backup-label.
CONDITIONS = {
    **claim.APPLICATIONS,
    "new": f"request.operation == 'CREATE' || ({_is_tiered('object')}"
    f" && !{_is_tiered('oldObject')})",
}


def configuration(params: PolicyParams) -> dict[str, Any]:
    """The ValidatingWebhookConfiguration. Server defaults are written out.

    Its `caBundle` is missing: each process of pvc-plumber adds its own certificate.
    """
    match = _match(params)
    service = {
        "name": admission.SERVICE_NAME,
        "namespace": VOLSYNC_NAMESPACE,
        "path": admission.PATH,
        "port": admission.SERVICE_PORT,
    }
    webhook = {
        "name": admission.WEBHOOK,
        "admissionReviewVersions": ["v1"],
        "clientConfig": {"service": service},
        "failurePolicy": "Fail",
        "matchConditions": kyverno.pairs(CONDITIONS),
        "matchPolicy": match["matchPolicy"],
        "namespaceSelector": match["namespaceSelector"],
        "objectSelector": match["objectSelector"],
        "rules": match["resourceRules"],
        "sideEffects": "None",
        "timeoutSeconds": WEBHOOK_TIMEOUT,
    }
    metadata = {"name": admission.CONFIGURATION, "labels": {labels.PART_OF: labels.PROJECT}}
    return {
        "apiVersion": admission.API_VERSION,
        "kind": admission.KIND,
        "metadata": metadata,
        "webhooks": [webhook],
    }


def _match(params: PolicyParams) -> dict[str, Any]:
    return claim.tiered(params, ["CREATE", "UPDATE"])


def guard(params: PolicyParams) -> list[dict[str, Any]]:
    """A native policy and its binding that deny a new labelled PVC while the webhook is not as
    deployed: gone, or narrowed.
    """
    webhook = configuration(params)["webhooks"][0]
    same = [
        f"dyn(webhook.{key}) == dyn({literal(webhook[key])})"
        for key in ("name", "failurePolicy", "namespaceSelector", "objectSelector")
    ]
    intact = [
        *same,
        f"webhook.matchConditions.all(one, one.expression in {literal([*CONDITIONS.values()])})",
        "webhook.rules.exists(rule, ['CREATE', 'UPDATE'].all(o, o in rule.operations)"
        f" && '' in rule.apiGroups && {literal(claim.PVCS)} in rule.resources)",
    ]
    expression = (
        "has(params.webhooks) && params.webhooks.exists(webhook, " + " && ".join(intact) + ")"
    )
    message = (
        f"the webhook {admission.WEBHOOK} is not as it was deployed, so an unjudged PVC could bind"
        " empty over a backup: pulumi up --refresh puts it right"
    )
    return native.denying(
        GUARD,
        title="Guard of pvc-plumber's webhook",
        description="Denies a new PVC with a tier label, and a new tier label, while the webhook "
        "of pvc-plumber is missing or does not see every such PVC.",
        match=_match(params),
        conditions=CONDITIONS,
        validations=[{"expression": expression, "message": message, "reason": "Forbidden"}],
        parameter=(admission.API_VERSION, admission.KIND, admission.CONFIGURATION),
    )
