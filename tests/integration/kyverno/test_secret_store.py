"""Nobody but the system uses the store that opens the repository."""

import copy
from typing import Any

import pytest

from contract.repository import SECRET_ITEM, SECRET_STORE, SYSTEM_SECRET, PasswordSource
from contract.scope import KYVERNO_ACCOUNT, PASSWORD_NAMESPACES
from manifests.external_secrets import API_VERSION, external_secret
from tests.integration.kyverno.api import Api, Refused
from tests.integration.kyverno.objects import appears, parts, pvc

OURS = {"kind": "ClusterSecretStore", "name": SECRET_STORE}
OTHERS = [
    {"kind": "ClusterSecretStore", "name": "other"},
    {"kind": "SecretStore", "name": SECRET_STORE},
    {"name": SECRET_STORE},
]
RESERVED = f"ClusterSecretStore {SECRET_STORE} opens the backup repository and is reserved for it:"
SELECTED = f"the labelSelector may select ClusterSecretStore {SECRET_STORE}"
REMOTE = {"key": SECRET_ITEM}
FIND = {"find": {"name": {"regexp": ".*"}}}
STRANGERS = [
    "jane",
    "system:serviceaccount:external-secrets:external-secrets",
    "system:serviceaccount:kyverno:kyverno-admission-controller",
    "system:serviceaccount:shop:kyverno-background-controller",
]
Spec = dict[str, Any]


def by_default(ref: Spec) -> Spec:
    return {"secretStoreRef": ref, "dataFrom": [FIND]}


def by_an_entry(ref: Spec) -> Spec:
    first = {"secretKey": "a", "remoteRef": REMOTE}
    return {"secretStoreRef": OTHERS[0], "data": [first, first | {"sourceRef": {"storeRef": ref}}]}


def by_all_that_is_there(ref: Spec) -> Spec:
    return {"dataFrom": [{"extract": REMOTE}, FIND | {"sourceRef": {"storeRef": ref}}]}


READS = [by_default, by_an_entry, by_all_that_is_there]


def pushes(ref: Spec) -> Spec:
    return {
        "secretStoreRefs": [{"kind": "SecretStore", "name": "own"}, ref],
        "selector": {"secret": {"name": "mine"}},
        "data": [{"match": {"secretKey": "p", "remoteRef": {"remoteKey": SECRET_ITEM}}}],
    }


def external(namespace: str, spec: Spec, version: str = API_VERSION) -> Spec:
    meta = {"name": "loot", "namespace": namespace}
    return {"apiVersion": version, "kind": "ExternalSecret", "metadata": meta, "spec": spec}


def of_cluster(kind: str, part: str, spec: Spec, version: str = API_VERSION) -> Spec:
    spec = {part: spec, "namespaceSelectors": [{"matchLabels": {}}]}
    return {"apiVersion": version, "kind": kind, "metadata": {"name": "loot"}, "spec": spec}


def push(namespace: str, ref: Spec) -> Spec:
    version = "external-secrets.io/v1alpha1"
    meta = {"name": "boom", "namespace": namespace}
    return {"apiVersion": version, "kind": "PushSecret", "metadata": meta, "spec": pushes(ref)}


def all_kinds(namespace: str, ref: Spec) -> list[Spec]:
    """Every way to name a store, in each version that is served."""
    versions = (API_VERSION, "external-secrets.io/v1beta1")
    whole = ("ClusterExternalSecret", "externalSecretSpec")
    pushed = ("ClusterPushSecret", "pushSecretSpec", pushes(ref), "external-secrets.io/v1alpha1")
    return [
        *(external(namespace, spec(ref), version) for spec in READS for version in versions),
        *(of_cluster(*whole, spec(ref), version) for spec in READS for version in versions),
        push(namespace, ref),
        of_cluster(*pushed),
    ]


def refusal(api: Api, manifest: Spec) -> str:
    """What the API server says; empty where the object would be created."""
    try:
        api.create(manifest, dry_run=True)
    except Refused as refused:
        return str(refused)
    return ""


@pytest.fixture(scope="module")
def strangers(kyverno) -> list[Api]:
    return [kyverno.api, *(kyverno.plane.api_of(user) for user in STRANGERS)]


@pytest.fixture(scope="module")
def background(kyverno) -> Api:
    """The API server as Kyverno asks it when it generates."""
    return kyverno.plane.api_of(KYVERNO_ACCOUNT)


def test_nobody_else_names_the_store_in_any_kind_field_or_version(strangers, background, namespace):
    for manifest in all_kinds(namespace, OURS):
        for api in (*strangers, background):
            assert RESERVED in refusal(api, manifest), manifest


def test_stores_of_others_are_theirs(strangers, background, namespace):
    for ref in OTHERS:
        for manifest in all_kinds(namespace, ref):
            for api in (strangers[0], strangers[1], background):
                assert refusal(api, manifest) == ""


def test_an_external_secret_without_a_store_or_a_spec_is_not_ours_to_judge(kyverno, namespace):
    generator = {"kind": "Password", "name": "p"}
    random = {"dataFrom": [{"sourceRef": {"generatorRef": generator}}]}
    assert refusal(kyverno.api, external(namespace, random)) == ""
    bare = external(namespace, {})
    del bare["spec"]
    assert refusal(kyverno.api, bare) == ""


@pytest.mark.parametrize("labels", [{}, {"matchLabels": {"a": "b"}}])
def test_a_store_that_labels_may_select_is_named_instead(kyverno, namespace, labels):
    selects = {"kind": "ClusterSecretStore", "labelSelector": labels}
    assert SELECTED in refusal(kyverno.api, push(namespace, selects))
    assert refusal(kyverno.api, push(namespace, {**selects, "kind": "SecretStore"})) == ""


@pytest.mark.parametrize("place", PASSWORD_NAMESPACES)
def test_the_stack_fetches_the_password_into_its_own_namespaces(kyverno, place):
    kyverno.api.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": place}})
    meta = {"name": "password", "namespace": place}  # other tests make that of the stack
    made = external_secret(meta, secret=SYSTEM_SECRET, password=PasswordSource())
    assert refusal(kyverno.api, made) == ""


@pytest.fixture
def generated(kyverno, namespace) -> Spec:
    """The ExternalSecret that Kyverno makes for a labelled PVC."""
    kyverno.api.create(pvc(namespace))
    return appears(kyverno.api, parts(namespace)["secret"])


def fresh(live: Spec, **spec: Any) -> Spec:
    """Another one like it, with something else in its spec."""
    made = copy.deepcopy({key: live[key] for key in ("apiVersion", "kind", "spec")})
    meta = {"name": "volsync-other", "namespace": live["metadata"]["namespace"]}
    return made | {"metadata": meta, "spec": made["spec"] | spec}


def test_kyverno_makes_for_a_pvc_what_no_other_policy_has_it_make(background, generated):
    assert refusal(background, fresh(generated)) == ""
    (entry,) = generated["spec"]["data"]
    for spec in (
        {"data": [entry | {"remoteRef": {**entry["remoteRef"], "key": "bank"}}]},
        {"data": [entry | {"remoteRef": {**entry["remoteRef"], "property": "pin"}}]},
        {"data": [entry, entry | {"secretKey": "b", "remoteRef": {"key": "bank"}}]},
        {"data": [entry | {"sourceRef": {"storeRef": OURS}}]},
        {"dataFrom": [FIND]},
    ):
        assert RESERVED in refusal(background, fresh(generated, **spec))
    elsewhere = fresh(generated)
    elsewhere["metadata"]["name"] = "loot"
    assert RESERVED in refusal(background, elsewhere)


def test_what_is_there_may_be_marked_and_deleted_but_not_pointed_elsewhere(
    kyverno, strangers, generated
):
    operator = strangers[2]
    kyverno.api.merge(generated, {"metadata": {"labels": {"team": "a"}, "finalizers": ["a.b/c"]}})
    condition = {"type": "Ready", "status": "True"}
    operator.merge(generated, {"status": {"conditions": [condition]}}, "status")
    with pytest.raises(Refused, match="reserved for it: admin must use another store here"):
        kyverno.api.merge(generated, {"spec": {"dataFrom": [FIND]}})
    operator.merge(generated, {"metadata": {"finalizers": []}})
    kyverno.api.delete(generated)
