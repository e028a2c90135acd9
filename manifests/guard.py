"""What the API server denies by itself where Kyverno, which should judge it, is not asked.

Kyverno takes its webhooks down when it is scaled to zero, and has none before its first start. From
then on every PVC would pass (seen on Kyverno 1.19.1).
"""

from typing import Any

from contract.scope import KYVERNO_ADMISSION, KYVERNO_NAMESPACE, KYVERNO_WEBHOOKS
from manifests.cel import literal

API_VERSION = "admissionregistration.k8s.io/v1"
POLICY, BINDING = "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"
FAILS_CLOSED = "vpol.validate.kyverno.svc-fail"  # how Kyverno's names of such webhooks begin
_WEBHOOK = (
    "has(params.webhooks) && params.webhooks.exists(webhook, webhook.name.startsWith({})"
    " && webhook.name.endsWith({}))"
)
_RUNS = "has(params.status) && has(params.status.readyReplicas) && params.status.readyReplicas > 0"


def guard(policy: dict[str, Any]) -> list[dict[str, Any]]:
    """A native policy and its binding, which deny what this one matches while nobody asks Kyverno.

    Where conditions pick from what is matched, Kyverno's deployment is looked at, since without the
    webhooks everything that is matched would be denied, and not what meets the conditions.
    """
    name, spec = policy["metadata"]["name"], policy["spec"]
    if "matchConditions" in spec:
        kind = {"apiVersion": "apps/v1", "kind": "Deployment"}
        place = {"name": KYVERNO_ADMISSION, "namespace": KYVERNO_NAMESPACE}
        ref = {**place, "parameterNotFoundAction": "Allow"}
        expression = _RUNS
    else:
        kind = {"apiVersion": API_VERSION, "kind": "ValidatingWebhookConfiguration"}
        ref = {"name": KYVERNO_WEBHOOKS, "parameterNotFoundAction": "Deny"}
        expression = _WEBHOOK.format(literal(FAILS_CLOSED), literal("-" + name))
    message = f"Kyverno does not judge this by its policy {name}, and unjudged it could bind a"
    message += " volume without its backup. Start Kyverno; docs/runbook.md, Break glass, has more"
    rules = {
        "failurePolicy": "Fail",
        "matchConstraints": {"objectSelector": {}, **spec["matchConstraints"]},
        **({"matchConditions": spec["matchConditions"]} if "matchConditions" in spec else {}),
        "paramKind": kind,
        "validations": [{"expression": expression, "message": message, "reason": "Forbidden"}],
    }
    bound = {"policyName": name, "paramRef": ref, "validationActions": ["Deny"]}
    return [
        {"apiVersion": API_VERSION, "kind": kind, "metadata": {"name": name}, "spec": spec}
        for kind, spec in ((POLICY, rules), (BINDING, bound))
    ]
