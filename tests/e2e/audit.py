"""What the audit on the lab says."""

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
    """An answer as a person with kubectl gets it."""
    return kubectl("get", "--raw", PLACE + path)


def of(app: Application, pvc: str) -> dict[str, Any] | None:
    """All about one PVC; None while it is not known."""
    try:
        return json.loads(raw(audit_path(Claim(app.namespace, pvc))))
    except KubectlError:
        return None


def wait_reason(app: Application, pvc: str, reason: Reason) -> dict[str, Any]:
    """All about one PVC once it is judged so."""

    def judged() -> dict[str, Any] | None:
        found = of(app, pvc)
        told = found["pvc"] if found else None
        return found if told and told[Key.REASON] == reason else None

    return wait_until(f"verdict on {pvc} that says {reason}", judged, PATIENCE)
