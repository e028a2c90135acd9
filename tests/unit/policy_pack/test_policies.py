"""The policies as the engine calls them."""

from pathlib import Path
from typing import Any

import policies
import pytest
from policies import (
    ADVISORY,
    ALL,
    BACKUP_LABEL,
    CHOSEN_VOLUME,
    DATA_SOURCE,
    DATABASE_VOLUME,
    GENERATED_OBJECT,
    HIDDEN_CLAIM,
    PROTECTED_CLAIM,
    RELEASE,
    RESTORE_WAIT,
    STACK,
    STORAGE_CLASS,
)
from pulumi_policy import (
    EnforcementLevel,
)

from contract.labels import CNPG_CLUSTER
from contract.scope import ALWAYS_EXCLUDED
from contract.volsync import API_VERSION
from tests.unit.policy_pack import inputs
from tests.unit.policy_pack.inputs import CLAIM, STATEFUL_SET, claim, stateful_set, violations

PACK = Path(__file__).parents[3] / "policy_pack"
CLUSTER = "kubernetes:postgresql.cnpg.io/v1:Cluster"


def test_what_loses_data_is_stopped_and_the_rest_is_advice():
    advice = {policy.name for policy in ALL if policy.enforcement_level == ADVISORY}
    assert advice == {"chosen-volume", "hidden-claim", "protected-claim", "restore-wait"}
    levels = {policy.enforcement_level for policy in ALL if policy.name not in advice}
    assert levels == {EnforcementLevel.MANDATORY}


def test_all_policies_are_documented():
    page = (PACK.parent / "docs" / "policy-pack.md").read_text()
    for policy in ALL:
        assert f"| `{policy.name}` |" in page
        properties = policy.config_schema.properties if policy.config_schema else {}
        assert all(f"`{name}`" in page for name in properties)


SOURCE = {
    "apiVersion": API_VERSION,
    "kind": "ReplicationSource",
    "metadata": {"name": "data-backup", "namespace": "apps"},
}
LABELLED = claim({"backup": "daily"})


def filled(**spec: Any) -> dict[str, Any]:
    return {**LABELLED, "spec": spec}


# One violation of each rule: policy, resource type, inputs, settings.
WRONG = {
    "label_problems": (BACKUP_LABEL, CLAIM, claim(), {}),
    "database_problems": (
        DATABASE_VOLUME,
        CLAIM,
        claim({CNPG_CLUSTER: "db", "backup": "daily"}),
        {},
    ),
    "inherited_problems": (
        DATABASE_VOLUME,
        CLUSTER,
        {
            "apiVersion": "postgresql.cnpg.io/v1",
            "kind": "Cluster",
            "metadata": {"name": "db", "namespace": "apps"},
            "spec": {"inheritedMetadata": {"labels": {"backup": "daily"}}},
        },
        {},
    ),
    "class_problems": (STORAGE_CLASS, CLAIM, LABELLED, {"snapshotCapable": ["fast"]}),
    "source_problems": (DATA_SOURCE, CLAIM, filled(dataSource={"kind": "any", "name": "x"}), {}),
    "volume_problems": (CHOSEN_VOLUME, CLAIM, filled(volumeName="by-hand"), {}),
    "generated_problems": (GENERATED_OBJECT, "kubernetes:x:ReplicationSource", SOURCE, {}),
    "protect_problems": (PROTECTED_CLAIM, CLAIM, LABELLED, {}),
    "await_problems": (RESTORE_WAIT, CLAIM, LABELLED, {}),
}


@pytest.mark.parametrize("rule", WRONG)
def test_each_rule_finds_its_violation_and_without_it_nobody_does(rule, monkeypatch):
    policy, resource_type, props, config = WRONG[rule]
    assert len(violations(policy, resource_type, props, **config)) == 1
    monkeypatch.setattr(policies, rule, lambda *_, **__: ())
    assert violations(policy, resource_type, props, **config) == []


@pytest.mark.parametrize("rule", WRONG)
def test_an_excluded_namespace_is_left_alone_by_all_that_judge_pvcs(rule):
    policy, resource_type, props, config = WRONG[rule]
    messages = violations(policy, resource_type, props, **config, excludedNamespaces=["apps"])
    assert (messages == []) == (policy is not GENERATED_OBJECT)


@pytest.mark.parametrize("namespace", ALWAYS_EXCLUDED)
def test_the_systems_own_namespaces_pass(namespace):
    assert violations(BACKUP_LABEL, CLAIM, claim(namespace=namespace)) == []


def test_a_namespace_passes_only_where_the_configuration_excludes_it():
    assert violations(BACKUP_LABEL, CLAIM, claim()) != []
    assert violations(BACKUP_LABEL, CLAIM, claim(), excludedNamespaces=["apps"]) == []
    assert violations(BACKUP_LABEL, CLAIM, claim(), excludedNamespaces=["other"]) != []


TEMPLATE = {"metadata": {"name": "a", "labels": {"backup": "daily"}}}
EVERY_WAY = {
    "typed": (CLAIM, LABELLED, {}),
    "template": (STATEFUL_SET, stateful_set(TEMPLATE), {}),
    "patch": (f"{CLAIM}Patch", LABELLED, {}),
    "listed": (f"{CLAIM}List", {"apiVersion": "v1", "items": [LABELLED]}, {}),
    "values": (
        RELEASE,
        {"chart": "x", "namespace": "apps", "values": {"labels": {"backup": "daily"}}},
        {"valuePaths": {"res": ["labels"]}},
    ),
}


@pytest.mark.parametrize("way", EVERY_WAY)
def test_a_tier_in_an_excluded_namespace_is_refused_whichever_way_it_comes_in(way):
    resource_type, props, config = EVERY_WAY[way]
    assert violations(BACKUP_LABEL, resource_type, props, **config) == []
    (message,) = violations(
        BACKUP_LABEL, resource_type, props, **config, excludedNamespaces=["apps"]
    )
    assert "does nothing in namespace apps, which is excluded from backup" in message


@pytest.mark.parametrize("labels", [None, {}, {"backup": "none"}, {"backup": inputs.UNKNOWN}])
def test_anything_else_in_an_excluded_namespace_is_left_alone(labels):
    assert violations(BACKUP_LABEL, CLAIM, claim(labels, namespace="kube-system")) == []


def test_every_unlabelled_template_is_a_violation_of_its_own():
    labelled = {"metadata": {"name": "a", "labels": {"backup": "daily"}}}
    bare = [{"metadata": {"name": name}} for name in ("b", "c")]
    messages = violations(BACKUP_LABEL, STATEFUL_SET, stateful_set(labelled, *bare))
    assert len(messages) == 2


def test_a_database_that_labels_its_volumes_is_refused():
    spec = {"inheritedMetadata": {"labels": {"backup": "daily"}}}
    props = {"apiVersion": "postgresql.cnpg.io/v1", "kind": "Cluster", "spec": spec}
    assert violations(DATABASE_VOLUME, CLUSTER, props) != []
    assert violations(DATABASE_VOLUME, CLUSTER, {**props, "spec": {}}) == []
    listed = {"apiVersion": "postgresql.cnpg.io/v1", "kind": "ClusterList", "items": [props]}
    assert violations(DATABASE_VOLUME, f"{CLUSTER}List", listed) != []
    pvc = claim({CNPG_CLUSTER: "db", "backup": "daily"})
    assert violations(DATABASE_VOLUME, CLAIM, pvc) != []


def test_a_release_is_reported_unless_its_volumes_have_been_seen_to():
    props = {"chart": "x", "namespace": "apps"}
    assert violations(HIDDEN_CLAIM, RELEASE, props) != []
    assert violations(HIDDEN_CLAIM, RELEASE, props, knownReleases=["res"]) == []
    assert violations(HIDDEN_CLAIM, RELEASE, {**props, "namespace": "kyverno"}) == []
    assert violations(HIDDEN_CLAIM, CLAIM, claim()) == []
    assert violations(HIDDEN_CLAIM, RELEASE, props, valuePaths={"res": ["labels"]}) == []


@pytest.mark.parametrize(
    ("values", "count"),
    [
        ({"persistence": {"labels": {"backup": "daily"}}}, 0),
        ({"persistence": {"labels": {"backup": "weekly"}}}, 1),
        ({"persistence": {"labels": {}}}, 1),
        ({}, 1),
        (inputs.UNKNOWN_MAP, 1),
    ],
)
def test_a_releases_values_are_judged_where_its_user_says_so(values, count):
    props = {"chart": "x", "namespace": "apps", "values": values}
    paths = {"res": ["persistence.labels"]}
    assert len(violations(BACKUP_LABEL, RELEASE, props, valuePaths=paths)) == count
    assert violations(BACKUP_LABEL, RELEASE, props) == []


def test_an_operator_that_the_pack_does_not_know_is_a_setting():
    props = {
        "apiVersion": "example.test/v1",
        "kind": "Store",
        "metadata": {"name": "s", "namespace": "apps"},
        "spec": {"template": {"spec": {}}},
    }
    store = ("kubernetes:example.test/v1:Store", props)
    operators = [{"group": "example.test", "kind": "Store", "path": "spec.template"}]
    assert violations(BACKUP_LABEL, *store) == []
    assert len(violations(BACKUP_LABEL, *store, operators=operators)) == 1


@pytest.mark.parametrize("policy", ALL, ids=lambda policy: policy.name)
def test_a_misspelt_setting_is_told_once_with_the_one_that_was_meant(policy):
    settings = sorted(policy.config_schema.properties)
    assert violations(policy, STACK, {}, **{key: [] for key in settings}) == []
    for key in settings:
        (message,) = violations(policy, STACK, {}, **{f"{key}s": []})
        assert f"{key}s is no setting of this policy. {key} is meant?" in message
    (message,) = violations(policy, STACK, {}, zzz=1)
    assert f"It has {', '.join(settings) or 'none'}." in message
