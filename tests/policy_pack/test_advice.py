import pytest
from advice import (
    SKIP_AWAIT,
    await_problems,
    class_problems,
    generated_problems,
    protect_problems,
)
from claims import claims, things

from contract.external import API_VERSION, PROVIDER
from contract.labels import CNPG_CLUSTER, REASON
from contract.names import Claim, destination_name, secret_name, source_name
from tests.policy_pack import inputs
from tests.policy_pack.inputs import CLAIM, STATEFUL_SET, claim, proxy, stateful_set

CAPABLE = ("fast", "slow")


def found(props, resource_type=CLAIM):
    (one,) = claims(resource_type, proxy(props))
    return one


def on_class(name, labels=None):
    props = claim({"backup": "daily"} if labels is None else labels)
    return {**props, "spec": {"storageClassName": name} if name else {}}


def _class(props, capable=CAPABLE):
    return list(class_problems(found(props), capable))


@pytest.mark.parametrize("name", CAPABLE)
def test_a_class_that_can_take_snapshots_passes(name):
    assert _class(on_class(name)) == []


def test_a_class_that_cannot_is_told_which_can():
    (problem,) = _class(on_class("nfs"))
    assert "storage class nfs cannot take snapshots" in problem
    assert "fast, slow" in problem


@pytest.mark.parametrize("name", [None, inputs.UNKNOWN])
def test_a_class_that_is_not_written_down_is_a_problem(name):
    (problem,) = _class(on_class(name))
    assert "storageClassName" in problem


def test_nobody_asks_for_the_class_where_nothing_is_restored():
    none = {"backup": "none"}
    assert _class(on_class("nfs", none)) == []
    assert _class(on_class("nfs", {"backup": "daily", CNPG_CLUSTER: "db"})) == []
    assert _class(on_class("nfs"), capable=()) == []


def test_a_patch_need_not_repeat_the_class():
    patch = found({**claim({"backup": "daily"}), "spec": {}}, f"{CLAIM}Patch")
    assert list(class_problems(patch, CAPABLE)) == []


def test_a_labelled_pvc_should_be_protected():
    labelled = found(claim({"backup": "daily"}))
    assert "protect=True" in next(protect_problems(labelled, is_protected=False))
    assert list(protect_problems(labelled, is_protected=True)) == []
    assert list(protect_problems(found(claim({"backup": "none"})), is_protected=False)) == []


def test_a_template_cannot_be_protected():
    props = stateful_set({"metadata": {"name": "data", "labels": {"backup": "daily"}}})
    template = found(props, STATEFUL_SET)
    assert list(protect_problems(template, is_protected=False)) == []
    assert list(await_problems(template)) == []


def test_a_labelled_pvc_should_not_be_waited_for():
    assert SKIP_AWAIT in next(await_problems(found(claim({"backup": "daily"}))))
    skipped = claim({"backup": "daily"}, annotations={SKIP_AWAIT: "true"})
    assert list(await_problems(found(skipped))) == []
    reason = claim({"backup": "none"}, annotations={REASON: "a cache"})
    assert list(await_problems(found(reason))) == []


PVC = Claim("apps", "data")
OURS = [
    ("ReplicationSource", source_name(PVC), API_VERSION),
    ("ReplicationDestination", destination_name(PVC), API_VERSION),
    ("ExternalSecret", secret_name(PVC), "external-secrets.io/v1"),
]


def _thing(kind, name, version, spec=None):
    metadata = {"name": name, "namespace": "apps"}
    props = {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec or {}}
    (thing,) = things(f"kubernetes:{version}:{kind}", proxy(props))
    return list(generated_problems(thing))


@pytest.mark.parametrize(("kind", "name", "version"), OURS)
def test_what_kyverno_makes_is_in_no_program(kind, name, version):
    (problem,) = _thing(kind, name, version)
    assert problem.startswith(f"{kind} apps/{name}: is made by Kyverno")


def test_an_object_of_our_mover_is_known_by_its_provider_too():
    spec = {"external": {"provider": PROVIDER}}
    assert _thing("ReplicationSource", "mine", API_VERSION, spec)


def test_other_objects_of_these_kinds_are_the_users_own():
    assert _thing("ReplicationSource", "mine", API_VERSION, {"restic": {}}) == []
    assert _thing("ExternalSecret", "mine", "external-secrets.io/v1") == []
    assert _thing("ConfigMap", secret_name(PVC), "v1") == []
