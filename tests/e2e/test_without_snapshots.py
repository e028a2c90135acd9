"""A storage class whose driver has no VolumeSnapshots: here volumes that an administrator made."""

import json
from collections.abc import Generator

import pytest

from lab import paths
from lab.application import Application, kubectl
from tests.e2e.movers import wait_message
from tests.e2e.snapshots import snapshots

PVC = "data"


def _objects(name: str) -> list[dict]:
    place = {"path": f"{paths.INSIDE}/plain/{name}", "type": "DirectoryOrCreate"}
    return [
        {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": {"name": name},
            "provisioner": "kubernetes.io/no-provisioner",
        },
        {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": name},
            "spec": {
                "capacity": {"storage": "1Gi"},
                "accessModes": ["ReadWriteOnce"],
                "persistentVolumeReclaimPolicy": "Retain",
                "storageClassName": name,
                "hostPath": place,
            },
        },
    ]


@pytest.fixture
def plain(app: Application) -> Generator[str]:
    """The class; it and its one volume have the namespace's name."""
    bundle = {"apiVersion": "v1", "kind": "List", "items": _objects(app.namespace)}
    kubectl("apply", "-f", "-", stdin=json.dumps(bundle))
    yield app.namespace
    kubectl("delete", "storageclass,persistentvolume", app.namespace, "--wait=false")


def test_a_pvc_without_snapshots_is_read_itself_and_waits_with_the_reason_afterwards(app, plain):
    tree, snapshot = app.protected(PVC, storage_class=plain)
    (taken,) = snapshots(app.claim(PVC))
    assert taken["id"] == snapshot
    assert taken["rootEntry"]["summ"]["size"] >= tree["big"]["size"]
    source = app.objects(PVC)["replicationsource"]
    assert "in use" in source["status"]["latestMoverStatus"]["logs"]
    app.delete_pvc(PVC)
    app.apply_pvc(PVC, backup="hourly", storage_class=plain)
    wait_message(app, "replicationdestination", PVC, "no VolumeSnapshotClass")
    assert app.pvc(PVC)["status"]["phase"] == "Pending"
