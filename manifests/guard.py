"""Guards: native policies that deny PVCs while Kyverno's webhooks for a gate are missing.

Kyverno removes its webhooks when it is scaled to zero, and has none before its first start. Until
they are back every PVC would pass (observed with Kyverno 1.19.1).
"""

from typing import Any

from contract.labels import BACKUP
from contract.schedule import TIERS
from contract.scope import KYVERNO_WEBHOOKS
from manifests import native
from manifests.cel import literal

FAILS_CLOSED = "vpol.validate.kyverno.svc-fail"  # how Kyverno's names of such webhooks begin
# The API server always watches this kind. A kind that it watches only for a guard it would not
# watch again after all guards have been removed and put back (Kubernetes 1.34, 1.36).
WEBHOOKS = (native.API_VERSION, "ValidatingWebhookConfiguration", KYVERNO_WEBHOOKS)
_LABELLED = {"matchExpressions": [{"key": BACKUP, "operator": "In", "values": list(TIERS)}]}


def guard(policy: dict[str, Any]) -> list[dict[str, Any]]:
    """A native policy and its binding that deny what `policy` matches while its webhook is missing.

    While the whole webhook configuration is missing, conditions are not evaluated. Therefore only
    PVCs with a tier label are guarded, even for a policy that matches every PVC: all updates of
    these wait.
    """
    name, spec = policy["metadata"]["name"], policy["spec"]
    webhook = (
        "has(params.webhooks) && params.webhooks.exists(webhook,"
        f" webhook.name.startsWith({literal(FAILS_CLOSED)})"
        f" && webhook.name.endsWith({literal('-' + name)}))"
    )
    message = f"Kyverno does not judge this by its policy {name}, and unjudged it could bind a"
    message += " volume without its backup. Start Kyverno; docs/runbook.md, Break glass, has more"
    return native.denying(
        name,
        title=f"Guard of {name}",
        description="Denies what the Kyverno policy of this name matches while Kyverno's webhook "
        "for it is not there.",
        match={"objectSelector": _LABELLED, **spec["matchConstraints"]},
        conditions={pair["name"]: pair["expression"] for pair in spec.get("matchConditions", [])},
        validations=[{"expression": webhook, "message": message, "reason": "Forbidden"}],
        parameter=WEBHOOKS,
    )
