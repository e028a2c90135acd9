"""A Secret that was there before stays its owner's: the real External Secrets beside Kyverno."""

import base64
import json
import sys

import pytest

from contract import repository
from contract.names import Claim, secret_name
from contract.repository import KEY_PASSWORD, SECRET_FIELD, SECRET_ITEM, SECRET_STORE
from contract.scope import VOLSYNC_NAMESPACE
from lab import paths
from lab.cluster.loopback import free_port
from manifests.external_secrets import TOKEN_KEY, cluster_secret_store
from tests.integration.kyverno.api import eventually
from tests.integration.kyverno.objects import appears, parts, pvc, ref
from tests.tooling import tool

NAME = secret_name(Claim("any", "data"))
VAULT = "homelab"
PASSWORD = "the-repositorys"
RESTIC = {"RESTIC_PASSWORD": base64.b64encode(b"mine").decode()}
WORDS = f"Secret {NAME} was there before: as the Secret of a PVC's backups it would be written into"


@pytest.fixture(scope="module", autouse=True)
def operator(kyverno) -> None:
    """External Secrets and a store that it reads from the stand-in for 1Password Connect."""
    plane, port = kyverno.plane, free_port()
    vaults = {VAULT: {SECRET_ITEM: {SECRET_FIELD: PASSWORD}}}
    data = plane.folder / "connect.json"
    data.write_text(json.dumps({"token": "t", "vaults": vaults}))
    stand_in = paths.STANDINS / "onepassword_connect.py"
    plane.start("connect", sys.executable, stand_in, "127.0.0.1", port, data)
    plane.start(
        "external-secrets",
        tool("external-secrets"),
        f"--metrics-addr=127.0.0.1:{free_port()}",
        "--enable-push-secret-reconciler=false",
        "--enable-cluster-push-secret-reconciler=false",
        KUBECONFIG=str(plane.kubeconfig),
    )
    token = {"name": "token", "namespace": VOLSYNC_NAMESPACE}
    kyverno.api.create(
        {"apiVersion": "v1", "kind": "Secret", "metadata": token, "stringData": {TOKEN_KEY: "t"}}
    )
    store = cluster_secret_store(
        SECRET_STORE,
        connect_host=f"http://127.0.0.1:{port}",
        vault=VAULT,
        token_secret="token",
        token_namespace=VOLSYNC_NAMESPACE,
    )
    kyverno.api.create(store)


def secret(namespace: str) -> dict:
    return ref("v1", "Secret", namespace, NAME)


def is_ours(live: dict | None) -> bool:
    """Whether it holds the three keys and goes with its ExternalSecret."""
    if live is None:
        return False
    owners = [owner["kind"] for owner in live["metadata"].get("ownerReferences", [])]
    return owners == ["ExternalSecret"] and {*live["data"]} == {
        KEY_PASSWORD,
        repository.KEY_REPOSITORY,
        repository.KEY_FS_PATH,
    }


def events(kyverno, namespace: str) -> str:
    items = kyverno.api.call("GET", f"/api/v1/namespaces/{namespace}/events")["items"]
    return "\n".join(item["message"] for item in items)


def test_a_secret_that_was_there_is_neither_written_into_nor_deleted(kyverno, namespace):
    kyverno.api.create({**secret(namespace), "data": RESTIC})
    claim = kyverno.api.create(pvc(namespace))
    eventually(lambda: WORDS in events(kyverno, namespace))
    appears(kyverno.api, parts(namespace)["secret"])
    live = kyverno.api.get(secret(namespace)) or {}
    assert live["data"] == RESTIC
    assert "ownerReferences" not in live["metadata"]
    kyverno.api.delete(claim)
    eventually(lambda: kyverno.api.get(parts(namespace)["secret"]) is None)
    assert kyverno.api.get(secret(namespace))


def test_the_pvc_gets_its_secret_as_soon_as_the_other_one_is_gone(kyverno, namespace):
    kyverno.api.create({**secret(namespace), "data": RESTIC})
    kyverno.api.create(pvc(namespace))
    eventually(lambda: WORDS in events(kyverno, namespace))
    kyverno.api.delete(secret(namespace))
    eventually(lambda: is_ours(kyverno.api.get(secret(namespace))))


def test_a_secret_of_its_making_is_kept_right_and_goes_with_the_pvc(kyverno, namespace):
    claim = kyverno.api.create(pvc(namespace))
    eventually(lambda: is_ours(kyverno.api.get(secret(namespace))))
    kyverno.api.merge(secret(namespace), {"data": {KEY_PASSWORD: None}})
    eventually(lambda: is_ours(kyverno.api.get(secret(namespace))))
    kyverno.api.delete(claim)
    eventually(lambda: kyverno.api.get(secret(namespace)) is None)
