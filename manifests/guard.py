"""What the API server denies by itself where Kyverno, which should judge it, is not asked.

Kyverno takes its webhooks down when it is scaled to zero, and has none before its first start. From
then on every PVC would pass (seen on Kyverno 1.19.1).
"""

from typing import Any

from contract.labels import BACKUP
from contract.schedule import TIERS
from contract.scope import KYVERNO_WEBHOOKS
from manifests import native
from manifests.cel import literal

FAILS_CLOSED = "vpol.validate.kyverno.svc-fail"  # how Kyverno's names of such webhooks begin
# The API server always watches this kind. One that it watches for a guard only it would never watch
# again once all guards were taken away and put back (Kubernetes 1.34, 1.36).
WEBHOOKS = (native.API_VERSION, "ValidatingWebhookConfiguration", KYVERNO_WEBHOOKS)
_LABELLED = {"matchExpressions": [{"key": BACKUP, "operator": "In", "values": list(TIERS)}]}


def guard(policy: dict[str, Any]) -> list[dict[str, Any]]:
    """A native policy and its binding, which deny what this one matches while nobody asks Kyverno.

    While the webhooks are missing altogether conditions do not count, so of a policy that matches
    every PVC only those with a tier label are guarded: all their updates wait.
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
