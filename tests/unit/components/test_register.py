import pulumi
import pytest

from components._register import WAIT_FOR, register, register_role
from components.pod import COMMON
from tests.unit.stack.recording import record

NONE = pulumi.ResourceOptions()
MANIFEST = {
    "apiVersion": "example.test/v1",
    "kind": "Thing",
    "metadata": {"name": "a", "annotations": {"own": "1"}},
    "spec": {"camelCase": {"snake_case": [1, {"deepKey": None}]}},
}


def test_a_manifest_arrives_with_the_labels_of_all():
    made = record(lambda: register("thing", MANIFEST, NONE)).one("thing")
    assert made.typ == "kubernetes:example.test/v1:Thing"
    assert made.inputs["spec"]["camelCase"]["snake_case"][0] == 1
    metadata = made.inputs["metadata"]
    assert metadata.pop("labels") == COMMON
    assert metadata == MANIFEST["metadata"]


def test_waiting_adds_one_annotation_and_leaves_the_manifest_alone():
    made = record(lambda: register("thing", MANIFEST, NONE, wait_for="condition=Ready"))
    annotations = made.one("thing").inputs["metadata"]["annotations"]
    assert annotations == {"own": "1", WAIT_FOR: "condition=Ready"}
    assert MANIFEST["metadata"] == {"name": "a", "annotations": {"own": "1"}}


def test_a_field_that_would_be_dropped_is_refused():
    with pytest.raises(ValueError, match="cannot carry driver"):
        register("thing", {**MANIFEST, "driver": "x"}, NONE)


def test_a_cluster_role_keeps_its_labels_and_rules():
    rules = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]
    role = {"metadata": {"name": "r", "labels": {"a/b": "true"}}, "rules": rules}
    made = record(lambda: register_role("role", role, NONE)).one("role")
    assert made.inputs["rules"] == rules
    assert made.inputs["metadata"] == {"name": "r", "labels": {"a/b": "true", **COMMON}}
