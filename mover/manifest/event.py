"""Manifests of Kubernetes events, as `kubectl describe` shows them."""

import hashlib
from datetime import datetime
from typing import Any

from contract.times import time_text
from contract.volsync import API_VERSION, PROVIDER
from kube import resource
from mover.model import Event, Replication

MESSAGE_LIMIT = 1000  # characters; the API server refuses more than 1024
COMPONENT = "volsync-kopia"


def manifests(owner: Replication, event: Event, now: datetime) -> list[dict[str, Any]]:
    """The event on its owner, and on the PVC where it belongs there too."""
    about = {"apiVersion": API_VERSION, "kind": owner.kind, "name": owner.name, "uid": owner.uid}
    items = [_manifest(owner, event, about, now)]
    if event.on_claim and owner.claim:
        claim = {"apiVersion": "v1", "kind": resource.PVC, "name": owner.claim}
        # Without its uid `kubectl describe pvc` does not show an event.
        if owner.claim_uid:
            claim["uid"] = owner.claim_uid
        items.append(_manifest(owner, event, claim, now))
    return items


def _manifest(
    owner: Replication, event: Event, about: dict[str, str], now: datetime
) -> dict[str, Any]:
    # The same event told twice within a second is one event, also from two controllers.
    key = f"{about['kind']}/{owner.uid}/{event.reason}/{event.message}/{time_text(now)}"
    name = f"{about['name'][:200]}.{hashlib.sha256(key.encode()).hexdigest()[:16]}"
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": name, "namespace": owner.namespace},
        "involvedObject": {**about, "namespace": owner.namespace},
        "type": "Warning" if event.warning else "Normal",
        "reason": event.reason,
        "message": event.message[:MESSAGE_LIMIT],
        "firstTimestamp": time_text(now),
        "lastTimestamp": time_text(now),
        "count": 1,
        "source": {"component": COMPONENT},
        "reportingComponent": PROVIDER,
        "reportingInstance": COMPONENT,
    }
