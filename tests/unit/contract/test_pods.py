from typing import Any

import pytest
from hypothesis import given

from contract.pods import (
    Effect,
    Limits,
    MoverPods,
    Operator,
    PodOptions,
    Requests,
    Resources,
    Toleration,
    amount,
    is_label_key,
    is_label_value,
)
from tests.unit.contract.strategies import MOVER_PODS

STORAGE = {"key": "role", "value": "storage", "effect": "NoSchedule"}
REFUSED = "misshapen|incomplete|must be|not a valid"
ANY = Toleration(operator=Operator.EXISTS)


@given(MOVER_PODS)
def test_a_program_reads_the_pods_that_its_component_wrote(pods: MoverPods) -> None:
    assert MoverPods.from_json(pods.to_json()) == pods


@pytest.mark.parametrize(
    ("written", "changed"),
    [
        ('"priority_class":""', '"priority_clas":""'),
        ('"priority_class":"",', ""),
        ('"limits":{"cpu":"4",', '"limits":{'),
        ('"cpu":"50m"', '"cpu":50'),
        ('"tolerations":[]', '"tolerations":{}'),
        ('"tolerations":[]', '"tolerations":[{"key":"a"}]'),
        ('"node_selector":{}', '"node_selector":[]'),
        ('"priority_class":""', '"priority_class":"No_"'),
    ],
)
def test_pods_with_one_key_too_many_too_few_or_wrong_are_refused(
    written: str, changed: str
) -> None:
    text = MoverPods().to_json()
    assert written in text
    with pytest.raises(ValueError, match=REFUSED):
        MoverPods.from_json(text.replace(written, changed, 1))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("500m", 0.5),
        ("2", 2),
        ("1.5", 1.5),
        ("1k", 1e3),
        ("1M", 1e6),
        ("1Ki", 1024),
        ("2Gi", 2**31),
    ],
)
def test_an_amount_is_what_kubernetes_takes_it_for(text: str, value: float) -> None:
    assert amount(text) == value


@pytest.mark.parametrize("text", ["", "0", "0Mi", "-1", "1 Gi", "1GB", "Gi", "1e3", "many"])
def test_what_is_no_amount_is_refused_by_its_name(text: str) -> None:
    with pytest.raises(ValueError, match="memory must be an amount above zero"):
        Requests(memory=text)


def test_a_request_above_its_limit_is_refused_as_kubernetes_would() -> None:
    with pytest.raises(ValueError, match="must not be above limits"):
        Resources(requests=Requests(cpu="5"))
    assert Resources(requests=Requests(cpu="5"), limits=Limits(cpu=""))
    assert Resources(requests=Requests(memory="4096Mi"))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({}, "needs operator Exists"),
        ({"key": "a b"}, "must be a taint's key"),
        ({"key": "a", "value": "a b"}, "must be a taint's value"),
        ({"key": "a", "operator": Operator.EXISTS, "value": "b"}, "has no value"),
        ({"key": "a", "toleration_seconds": 1}, "needs effect NoExecute"),
    ],
)
def test_a_toleration_that_kubernetes_would_refuse_is_refused(
    wrong: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        Toleration(**wrong)


@pytest.mark.parametrize(
    ("toleration", "is_tolerated"),
    [
        (ANY, True),
        (Toleration(operator=Operator.EXISTS, effect=Effect.NO_EXECUTE), False),
        (Toleration(key="role", operator=Operator.EXISTS), True),
        (Toleration(key="role", value="storage", effect=Effect.NO_SCHEDULE), True),
        (Toleration(key="role", value="other"), False),
        (Toleration(key="other", operator=Operator.EXISTS), False),
    ],
)
def test_a_taint_is_tolerated_as_the_scheduler_would(
    toleration: Toleration, is_tolerated: bool
) -> None:
    assert toleration.tolerates(STORAGE) is is_tolerated
    node = {"metadata": {"name": "n"}, "spec": {"taints": [STORAGE]}}
    assert MoverPods(tolerations=(toleration,)).takes(node) is is_tolerated


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"node_selector": {"a b": ""}}, "nodeSelector"),
        ({"node_selector": {"a": "b c"}}, "nodeSelector"),
        ({"image_pull_secrets": ("A",)}, "imagePullSecrets"),
    ],
)
def test_names_that_no_object_can_have_are_refused(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        PodOptions(**wrong)


@pytest.mark.parametrize("key", ["role", "example.org/role", "node-role.kubernetes.io/x", "A_b.c"])
def test_keys_of_labels_are_known(key: str) -> None:
    assert is_label_key(key)


@pytest.mark.parametrize("key", ["", "/", "a/", "/a", "a b", "-a", "a/b/c", "a" * 64])
def test_what_is_no_key_of_a_label_is_known(key: str) -> None:
    assert not is_label_key(key)


def test_an_empty_value_of_a_label_is_one() -> None:
    assert is_label_value("")
    assert not is_label_value("a b")
