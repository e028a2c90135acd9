import pytest
from claim_lifecycle import SKIP_AWAIT, await_problems, class_problems, protect_problems
from claims import claims

from contract.labels import CNPG_CLUSTER, REASON
from tests.unit.policy_pack import inputs
from tests.unit.policy_pack.inputs import CLAIM, STATEFUL_SET, claim, proxy, stateful_set

CAPABLE = ("fast", "slow")


def only_claim(props, resource_type=CLAIM):
    (pvc,) = claims(resource_type, proxy(props))
    return pvc


def on_class(name, labels=None):
    props = claim({"backup": "daily"} if labels is None else labels)
    return {**props, "spec": {"storageClassName": name} if name else {}}


def _class(props, capable=CAPABLE):
    return list(class_problems(only_claim(props), capable))


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
    patch = only_claim({**claim({"backup": "daily"}), "spec": {}}, f"{CLAIM}Patch")
    assert list(class_problems(patch, CAPABLE)) == []


def test_a_labelled_pvc_should_be_protected():
    labelled = only_claim(claim({"backup": "daily"}))
    assert "protect=True" in next(protect_problems(labelled, is_protected=False))
    assert list(protect_problems(labelled, is_protected=True)) == []
    assert list(protect_problems(only_claim(claim({"backup": "none"})), is_protected=False)) == []


def test_a_template_cannot_be_protected():
    props = stateful_set({"metadata": {"name": "data", "labels": {"backup": "daily"}}})
    template = only_claim(props, STATEFUL_SET)
    assert list(protect_problems(template, is_protected=False)) == []
    assert list(await_problems(template)) == []


def test_a_labelled_pvc_should_not_be_waited_for():
    assert SKIP_AWAIT in next(await_problems(only_claim(claim({"backup": "daily"}))))
    skipped = claim({"backup": "daily"}, annotations={SKIP_AWAIT: "true"})
    assert list(await_problems(only_claim(skipped))) == []
    reason = claim({"backup": "none"}, annotations={REASON: "a cache"})
    assert list(await_problems(only_claim(reason))) == []
