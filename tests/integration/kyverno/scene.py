"""A PVC that waits for its restore, and what mover, populator and storage do next."""

from dataclasses import dataclass, field
from typing import Any

from contract import labels
from contract.volsync import StatusKey
from tests.integration.kyverno.api import Api
from tests.integration.kyverno.objects import pvc

IMAGE = {"apiGroup": "snapshot.storage.k8s.io", "kind": "VolumeSnapshot", "name": "image-1"}
SNAPSHOT = "cafe30"
PIN = "c0ffee"
POPULATED_FROM = "volsync.backube/populated-from"


def volume(
    name: str, storage_class: str, claim: dict[str, Any] | None = None, **spec: Any
) -> dict[str, Any]:
    """A PersistentVolume; with a claim it is reserved for it from birth, as storage makes it."""
    manifest = {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name},
        "spec": {
            "capacity": {"storage": "1Gi"},
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": storage_class,
            "persistentVolumeReclaimPolicy": "Retain",
            "hostPath": {"path": "/nowhere"},
            **spec,
        },
    }
    if claim is not None:
        manifest["spec"]["claimRef"] = _claim_ref(claim)
    return manifest


def _claim_ref(claim: dict[str, Any]) -> dict[str, str]:
    meta = claim["metadata"]
    return {
        "apiVersion": "v1",
        "kind": claim["kind"],
        "name": meta["name"],
        "namespace": meta["namespace"],
        "uid": meta["uid"],
    }


@dataclass
class Scene:
    """A labelled PVC that waits for its restore, and what its destination says."""

    api: Api
    pvc: dict
    destination: dict
    status: dict = field(
        default_factory=lambda: {
            "latestImage": dict(IMAGE),
            "external": {StatusKey.SNAPSHOT: SNAPSHOT, StatusKey.REPOSITORY: PIN},
        }
    )

    @property
    def namespace(self) -> str:
        return self.pvc["metadata"]["namespace"]

    def volume(self, name: str, claim: dict | None = None, **spec: Any) -> dict:
        """A volume that fits the PVC and, by its class, none of another namespace."""
        return volume(f"{self.namespace}-{name}", self.namespace, claim, **spec)

    def restored(self) -> None:
        """The mover says what it has restored."""
        self.api.merge(self.destination, {"status": self.status}, "status")

    def prime(self, *, uid: str = "", image: dict | None = None, size: str = "1Gi") -> dict:
        """The CREATE that VolSync's populator sends."""
        meta = self.pvc["metadata"]
        name = labels.POPULATOR_PREFIX + (uid or meta["uid"])
        manifest = pvc(meta["namespace"], name, tier=None, dataSourceRef=image or IMAGE)
        manifest["metadata"]["labels"] = {labels.POPULATOR_PVC_FOR: meta["name"]}
        manifest["spec"]["storageClassName"] = self.pvc["spec"]["storageClassName"]
        manifest["spec"]["resources"] = {"requests": {"storage": size}}
        return self.api.create(manifest)

    def hand_over(self, obj: dict) -> None:
        """The populator's last step: the volume it filled is now the PVC's."""
        mark = {POPULATED_FROM: self.namespace + "/" + IMAGE["name"]}
        patch = {"metadata": {"annotations": mark}, "spec": {"claimRef": _claim_ref(self.pvc)}}
        self.api.merge(obj, patch)

    def bind(self, obj: dict) -> dict:
        """The UPDATE with which Kubernetes gives the PVC a volume."""
        return self.api.merge(self.pvc, {"spec": {"volumeName": obj["metadata"]["name"]}})

    def is_bound_to(self, obj: dict) -> bool:
        """Whether the PVC has got this volume."""
        return volume_of(self.api, self.pvc) == obj["metadata"]["name"]


def volume_of(api: Api, claim: dict) -> str:
    """The name of the volume that a PVC has; "" where it has none."""
    return (api.get(claim) or {}).get("spec", {}).get("volumeName", "")
