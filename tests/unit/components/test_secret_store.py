from dataclasses import replace

import pulumi

from components._register import WAIT_FOR
from components.secret_store import TOKEN_SECRET, SecretStore, SecretStoreArgs
from contract.scope import VOLSYNC_NAMESPACE
from tests.unit.components.fixtures import built
from tests.unit.stack.recording import HIDDEN

ARGS = SecretStoreArgs(
    install=True, name="vault", connect_host="https://connect.test", vault="v", token=None
)


def _made(args):
    def build(opts):
        token = pulumi.Output.secret("sentinel")
        SecretStore("store", replace(args, token=token), opts)

    return built(build)


def test_the_token_is_a_secret_all_the_way():
    made = _made(ARGS)
    assert made.one("store-token").inputs["stringData"] == HIDDEN
    assert "sentinel" not in str(made)


def test_the_store_reads_the_token_that_we_made_and_is_ready_before_anything_uses_it():
    made = _made(ARGS)
    store = made.one("store-store")
    assert store.inputs["metadata"]["name"] == "vault"
    assert store.inputs["metadata"]["annotations"][WAIT_FOR] == "condition=Ready"
    auth = store.inputs["spec"]["provider"]["onepassword"]["auth"]
    assert auth["secretRef"]["connectTokenSecretRef"]["name"] == TOKEN_SECRET
    assert auth["secretRef"]["connectTokenSecretRef"]["namespace"] == VOLSYNC_NAMESPACE
    assert "store-token" in made.needs("store-store")


def test_a_store_that_is_already_there_is_left_alone():
    kinds = {item.kind for item in _made(replace(ARGS, install=False)).resources}
    assert kinds == {"kubernetes", "SecretStore"}


def test_where_other_hands_make_the_secret_the_store_is_made_all_the_same():
    kinds = {item.kind for item in built(lambda o: SecretStore("store", ARGS, o)).resources}
    assert kinds == {"kubernetes", "SecretStore", "ClusterSecretStore"}
