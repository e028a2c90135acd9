import pytest
from advice import (
    SKIP_AWAIT,
    await_problems,
    class_problems,
    generated_problems,
    protect_problems,
)
from claims import claims, things

from contract.labels import CNPG_CLUSTER, REASON
from contract.names import Claim, destination_name, secret_name, source_name
from contract.repository import KEY_PASSWORD
from contract.volsync import API_VERSION, PROVIDER
from tests.unit.policy_pack import inputs
from tests.unit.policy_pack.inputs import CLAIM, STATEFUL_SET, claim, proxy, stateful_set

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
KEYS = {"data": [{"secretKey": KEY_PASSWORD}]}
OURS = [
    ("ReplicationSource", source_name(PVC), API_VERSION, {"sourcePVC": "data", "trigger": {}}),
    ("ReplicationDestination", destination_name(PVC), API_VERSION, {}),
    ("ReplicationSource", source_name(PVC), API_VERSION, inputs.UNKNOWN_MAP),
    ("ReplicationSource", "mine", API_VERSION, {"external": {"provider": PROVIDER}}),
    ("ExternalSecret", secret_name(PVC), "external-secrets.io/v1", KEYS),
    ("ExternalSecret", secret_name(PVC), "external-secrets.io/v1", inputs.UNKNOWN_MAP),
]
THEIRS = [
    ("ReplicationSource", "mine", API_VERSION, {}),
    ("ReplicationSource", "nightly-backup", API_VERSION, {"sourcePVC": "nightly", "restic": {}}),
    ("ReplicationDestination", "data-restore", API_VERSION, {"rsyncTLS": {}}),
    ("ReplicationSource", source_name(PVC), API_VERSION, {"external": {"provider": "x.test/y"}}),
    ("ExternalSecret", "mine", "external-secrets.io/v1", KEYS),
    ("ExternalSecret", "volsync-restic", "external-secrets.io/v1", {"data": [{"secretKey": "A"}]}),
    ("ConfigMap", secret_name(PVC), "v1", {}),
]


def _said(kind, name, version, spec):
    metadata = {"name": name, "namespace": "apps"}
    props = {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec}
    (thing,) = things(f"kubernetes:{version}:{kind}", proxy(props))
    return list(generated_problems(thing))


@pytest.mark.parametrize(("kind", "name", "version", "spec"), OURS)
def test_what_kyverno_makes_is_in_no_program(kind, name, version, spec):
    (problem,) = _said(kind, name, version, spec)
    assert problem.startswith(f"{kind} apps/{name}: is made by Kyverno")


@pytest.mark.parametrize(("kind", "name", "version", "spec"), THEIRS)
def test_other_objects_are_the_users_own_whatever_their_names(kind, name, version, spec):
    assert _said(kind, name, version, spec) == []
