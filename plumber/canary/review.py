"""Reviews that a Kyverno which judges never lets pass unchanged, whatever state the rest is in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contract import labels, policies, volsync
from contract.admission import REVIEW, REVIEW_VERSION
from contract.names import Claim, destination_name
from contract.schedule import TIERS

NAMESPACE = "default"  # of a PVC that never exists
NAME = "pvc-backup-canary"
UID = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True, kw_only=True)
class Canary:
    """A policy, and a request that it denies, or changes where it is a mutating one."""

    kind: str
    policy: str
    request: Mapping[str, Any]

    @property
    def path(self) -> str:
        """The path of the policy's webhook."""
        return policies.WEBHOOK_PATHS[self.kind] + self.policy

    def review(self) -> dict[str, Any]:
        """The AdmissionReview to send."""
        resource = {"group": "", "version": "v1", "resource": "persistentvolumeclaims"}
        kind = {"group": "", "version": "v1", "kind": "PersistentVolumeClaim"}
        request = {
            "uid": UID,
            "kind": kind,
            "requestKind": kind,
            "resource": resource,
            "requestResource": resource,
            "name": NAME,
            "namespace": NAMESPACE,
            "userInfo": {"username": NAME},
            "dryRun": True,
            **self.request,
        }
        return {"apiVersion": REVIEW_VERSION, "kind": REVIEW, "request": request}

    def is_judged(self, response: Any) -> bool:
        """Whether the policy was at work in this answer. Anything unexpected is a no."""
        answer = response.get("response") if isinstance(response, dict) else None
        if not isinstance(answer, dict):
            return False
        if self.kind == policies.VALIDATING:
            return answer.get("allowed") is False
        return bool(answer.get("patch"))


def _pvc(annotations: Mapping[str, str], spec: Mapping[str, Any], **own: str) -> dict[str, Any]:
    metadata = {
        "name": NAME,
        "namespace": NAMESPACE,
        "uid": UID,
        "labels": own,
        "annotations": dict(annotations),
    }
    size = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": metadata,
        "spec": {**size, **spec},
    }


_TIERED = {labels.BACKUP: next(iter(TIERS))}
# A time that nobody can read is refused before anybody is asked, and a record is never kept.
_SPOILT = {labels.RESTORE_AS_OF: "canary", labels.RESTORE_FROM: "canary"}
_NEW = {"operation": "CREATE", "object": _pvc(_SPOILT, {}, **_TIERED)}
_WAITING = {
    "dataSourceRef": {
        "apiGroup": volsync.API_GROUP,
        "kind": volsync.DESTINATION,
        "name": destination_name(Claim(NAMESPACE, NAME)),
    }
}
_PROMISED = {labels.RESTORE_FROM: "canary"}

CANARIES = (
    Canary(kind=policies.MUTATING, policy=policies.BACKUP_RESTORE, request=_NEW),
    Canary(kind=policies.VALIDATING, policy=policies.BACKUP_RESTORE, request=_NEW),
    Canary(
        kind=policies.VALIDATING,
        policy=policies.RESTORE_GATE,
        request={
            "operation": "CREATE",
            "object": _pvc({}, {}, **{labels.POPULATOR_PVC_FOR: NAME}),
        },
    ),
    Canary(
        kind=policies.VALIDATING,
        policy=policies.BIND_GATE,
        request={
            "operation": "UPDATE",
            "oldObject": _pvc(_PROMISED, _WAITING, **_TIERED),
            "object": _pvc(_PROMISED, {**_WAITING, "volumeName": NAME}, **_TIERED),
        },
    ),
)
