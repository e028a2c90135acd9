"""A namespace whose movers work in it, as volumes without snapshots need it."""

import json
import os
from collections.abc import Generator
from itertools import count

import pytest

from contract import repository
from contract.names import secret_name
from lab import paths
from lab.application import BESIDE, Application, get, kubectl
from lab.demo import difference
from lab.faults.passwords import READY
from lab.polling import wait_until
from tests.e2e.movers import wait_message
from tests.e2e.snapshots import snapshots

_NUMBERS = count(1)


@pytest.fixture
def pvc() -> str:
    """A name that no PVC of that namespace, which stays, had before."""
    return f"data-{os.getpid()}-{next(_NUMBERS)}"


@pytest.fixture
def app(deployed: None, pvc: str) -> Generator[Application]:
    """The namespace."""
    application = Application(BESIDE)
    yield application
    application.stop(pvc)
    kubectl("-n", BESIDE, "delete", "pvc", pvc, "--wait=false", "--ignore-not-found")


def test_a_pvc_has_a_secret_of_its_own_beside_it_and_comes_back(app, pvc):
    tree, _ = app.protected(pvc)
    assert set(app.objects(pvc)) == {
        "externalsecret",
        "replicationdestination",
        "replicationsource",
    }
    secret = get("secret", secret_name(app.claim(pvc)), BESIDE) or {}
    assert set(secret["data"]) == {
        repository.KEY_REPOSITORY,
        repository.KEY_FS_PATH,
        repository.KEY_PASSWORD,
    }
    app.delete_pvc(pvc)
    app.apply_pvc(pvc, backup="hourly")
    assert difference(tree, app.files(pvc)) == []


def test_a_secret_that_was_there_stays_as_it_is_and_the_external_secret_says_so(app, pvc):
    name, key = secret_name(app.claim(pvc)), "RESTIC_PASSWORD"
    kubectl("-n", BESIDE, "create", "secret", "generic", name, f"--from-literal={key}=mine")
    app.apply_pvc(pvc, backup="hourly")
    wait_until("an ExternalSecret that fails", lambda: "False" in _is_synced(name))
    live = get("secret", name, BESIDE) or {}
    assert {*live["data"]} == {key}
    kubectl("-n", BESIDE, "delete", "secret", name)
    app.wait_backup(pvc)


def _is_synced(name: str) -> str:
    return kubectl("-n", BESIDE, "get", "externalsecret", name, "--ignore-not-found", "-o", READY)


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
def plain(app: Application, pvc: str) -> Generator[str]:
    """A class without snapshots; it and its volume, made by hand, have the PVC's name."""
    bundle = {"apiVersion": "v1", "kind": "List", "items": _objects(pvc)}
    kubectl("apply", "-f", "-", stdin=json.dumps(bundle))
    yield pvc
    kubectl("delete", "storageclass,persistentvolume", pvc, "--wait=false")


def test_a_pvc_without_snapshots_is_read_itself_and_waits_with_the_reason_afterwards(
    app, pvc, plain
):
    tree, snapshot = app.protected(pvc, storage_class=plain)
    (taken,) = snapshots(app.claim(pvc))
    assert taken["id"] == snapshot
    assert taken["rootEntry"]["summ"]["size"] >= tree["big"]["size"]
    source = app.objects(pvc)["replicationsource"]
    assert "in use" in source["status"]["latestMoverStatus"]["logs"]
    app.delete_pvc(pvc)
    app.apply_pvc(pvc, backup="hourly", storage_class=plain)
    wait_message(app, "replicationdestination", pvc, "no VolumeSnapshotClass")
    assert app.pvc(pvc)["status"]["phase"] == "Pending"
