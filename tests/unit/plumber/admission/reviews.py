"""AdmissionReviews as the API server sends them."""

from typing import Any

from contract import labels
from contract.names import Claim, destination_name

CLAIM = Claim("media", "data")
OURS = {
    "apiGroup": "volsync.backube",
    "kind": "ReplicationDestination",
    "name": destination_name(CLAIM),
}
SEEN = {labels.DECISION: "restore"}


def review(
    operation: str = "CREATE", annotations: dict[str, str] | None = None, **spec: Any
) -> dict[str, Any]:
    """A review of PVC media/data with more fields than anybody reads."""
    metadata = {"name": CLAIM.name, "namespace": CLAIM.namespace, "labels": {"backup": "hourly"}}
    if annotations is not None:
        metadata["annotations"] = annotations
    pvc = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata}
    pvc["spec"] = {"accessModes": ["ReadWriteOnce"], **spec}
    request = {
        "uid": "705ab4f5",
        "kind": {"group": "", "version": "v1", "kind": "PersistentVolumeClaim"},
        "operation": operation,
        "name": CLAIM.name,
        "namespace": CLAIM.namespace,
        "userInfo": {"username": "admin"},
        "object": pvc,
        "oldObject": None,
        "dryRun": False,
    }
    return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request}
