from typing import Any

import pytest

from manifests import kyverno

MATCH = kyverno.match(["jobs"], ["CREATE"], group="batch", labels=[], excluded=["kube-system"])
WORDS: dict[str, Any] = {"title": "t", "description": "d", "match": MATCH}


def policies() -> list[dict]:
    validation = {"expression": "true", "message": "m"}
    return [
        kyverno.validating("p", **WORDS, variables={}, validations=[validation]),
        kyverno.mutating("p", **WORDS, variables={}, patches=["[]"]),
        kyverno.generating("p", **WORDS, variables={}, expressions=["true"]),
        kyverno.deleting("p", **WORDS, variables={}, schedule="* * * * *", conditions={"c": "x"}),
    ]


@pytest.mark.parametrize("policy", policies(), ids=lambda policy: policy["kind"])
def test_nothing_is_left_empty_for_the_server_to_fill(policy):
    assert {} not in policy["spec"].values()
    assert [] not in policy["spec"].values()


@pytest.mark.parametrize("policy", policies()[:2], ids=lambda policy: policy["kind"])
def test_what_guards_admission_fails_closed(policy):
    assert policy["spec"]["failurePolicy"] == "Fail"


@pytest.mark.parametrize("policy", policies()[:2], ids=lambda policy: policy["kind"])
def test_no_background_scan_asks_about_every_pvc(policy):
    assert policy["spec"]["evaluation"]["background"] == {"enabled": False}


def test_generated_objects_are_applied_server_side_and_not_synchronised():
    spec = policies()[2]["spec"]
    assert spec["useServerSideApply"] is True
    assert spec["evaluation"]["synchronize"] == {"enabled": False}
    assert spec["evaluation"]["generateExisting"] == {"enabled": True}


def test_a_hanging_kyverno_delays_a_change_less_than_a_judgement():
    def timeout(index: int) -> int:
        return policies()[index]["spec"]["webhookConfiguration"]["timeoutSeconds"]

    assert timeout(2) < timeout(0)


@pytest.mark.parametrize("missing", ["title", "description"])
def test_a_policy_without_words_for_people_is_refused(missing):
    words: dict[str, Any] = {**WORDS, missing: ""}
    with pytest.raises(ValueError, match="title and a description"):
        kyverno.generating("p", **words, variables={}, expressions=["true"])


def test_a_deletion_without_a_condition_is_refused():
    with pytest.raises(ValueError, match="would delete all"):
        kyverno.deleting("p", **WORDS, variables={}, schedule="* * * * *", conditions={})


def test_excluded_namespaces_are_in_the_webhooks_selector():
    selector = MATCH["namespaceSelector"]["matchExpressions"]
    assert selector == [
        {"key": kyverno.NAMESPACE_NAME, "operator": "NotIn", "values": ["kube-system"]}
    ]


def test_without_labels_there_is_no_selector_that_a_server_would_fill_in():
    assert "objectSelector" not in MATCH
