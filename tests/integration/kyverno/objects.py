"""Objects that the tests create: what users and VolSync would send."""

from typing import Any

from contract import labels, names
from contract.names import Claim, destination_name
from manifests import external_secrets, volsync
from tests.integration.kyverno.api import Api, eventually

CLASS = "fast"


def pvc(
    namespace: str,
    name: str = "data",
    *,
    tier: str | None = "hourly",
    annotations: dict[str, str] | None = None,
    **spec: Any,
) -> dict[str, Any]:
    """A PVC as a user writes it."""
    metadata: dict[str, Any] = {"name": name, "namespace": namespace}
    if tier is not None:
        metadata["labels"] = {labels.BACKUP: tier}
    if annotations is not None:
        metadata["annotations"] = annotations
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": metadata,
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": CLASS,
            "resources": {"requests": {"storage": "1Gi"}},
            **spec,
        },
    }


def our_source(name: str = "data") -> dict[str, str]:
    """The dataSourceRef of a restore."""
    return {
        "apiGroup": volsync.GROUP,
        "kind": volsync.DESTINATION,
        "name": destination_name(Claim("any", name)),
    }


def ref(api_version: str, kind: str, namespace: str, name: str) -> dict[str, Any]:
    """Just enough to look an object up."""
    return {
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace},
    }


def bind(api: Api, claim: dict[str, Any]) -> None:
    """Give the claim a volume; the real controller binds it, status last."""
    name, namespace = claim["metadata"]["name"], claim["metadata"]["namespace"]
    volume = {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": f"{namespace}-{name}"},
        "spec": {
            "capacity": {"storage": "1Gi"},
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": CLASS,
            "hostPath": {"path": "/nowhere"},
            "claimRef": {"name": name, "namespace": namespace, "uid": claim["metadata"]["uid"]},
        },
    }
    api.create(volume)
    eventually(lambda: (api.get(claim) or {}).get("status", {}).get("phase") == "Bound")


def job(namespace: str, name: str, role: str | None, **pod: Any) -> dict[str, Any]:
    """A mover's Job; without a role it is one of VolSync's own."""
    marks = {labels.CREATED_BY: labels.VOLSYNC}
    if role is not None:
        marks[labels.ROLE] = role
    containers = [{"name": "kopia", "image": "registry.local/mover:1"}]
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "namespace": namespace, "labels": marks},
        "spec": {
            "suspend": True,
            "template": {"spec": {"restartPolicy": "Never", "containers": containers, **pod}},
        },
    }


def parts(namespace: str, name: str = "data") -> dict[str, dict]:
    """The three objects of a PVC, to look them up."""
    claim = Claim(namespace, name)
    eso, vs = external_secrets.API_VERSION, volsync.API_VERSION
    return {
        "secret": ref(eso, external_secrets.SECRET, namespace, names.secret_name(claim)),
        "destination": ref(vs, volsync.DESTINATION, namespace, names.destination_name(claim)),
        "source": ref(vs, volsync.SOURCE, namespace, names.source_name(claim)),
    }


def appears(api: Api, obj: dict) -> dict:
    """The live object, once it is there."""
    return eventually(lambda: api.get(obj)) or {}


def bound(api: Api, manifest: dict) -> dict:
    """The PVC, bound, once its backups have begun."""
    live = api.create(manifest)
    bind(api, live)
    appears(api, parts(live["metadata"]["namespace"], live["metadata"]["name"])["source"])
    return live
