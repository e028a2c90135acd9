"""Reads the audit on the lab."""

import json
from typing import Any

from contract import scope
from contract.audit import SERVICE, Key, Reason, audit_path
from contract.names import Claim
from lab.application import Application, KubectlError, kubectl
from lab.polling import wait_until

PLACE = f"/api/v1/namespaces/{scope.VOLSYNC_NAMESPACE}/services/{SERVICE}:http/proxy"
PATIENCE = 120.0  # seconds: it looks at the repository once a minute


def raw(path: str) -> str:
    """The audit's answer through kubectl."""
    return kubectl("get", "--raw", PLACE + path)


def of(app: Application, pvc: str) -> dict[str, Any] | None:
    """The audit's details of one PVC; None while it does not know the PVC."""
    try:
        return json.loads(raw(audit_path(Claim(app.namespace, pvc))))
    except KubectlError:
        return None


def wait_reason(app: Application, pvc: str, reason: Reason) -> dict[str, Any]:
    """Waits until a PVC has a verdict with this reason; returns its details."""

    def judged() -> dict[str, Any] | None:
        verdict = of(app, pvc)
        judged_pvc = verdict["pvc"] if verdict else None
        return verdict if judged_pvc and judged_pvc[Key.REASON] == reason else None

    return wait_until(f"verdict on {pvc} that says {reason}", judged, PATIENCE)
