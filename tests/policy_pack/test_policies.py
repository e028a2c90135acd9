"""The policies as the engine calls them, and the pack as a process of its own."""

import subprocess
import sys
from pathlib import Path

import grpc
import policies
import pytest
from advice import SKIP_AWAIT
from policies import (
    ADVISORY,
    ALL,
    BACKUP_LABEL,
    DATABASE_VOLUME,
    GENERATED_OBJECT,
    HIDDEN_CLAIM,
    PROTECTED_CLAIM,
    RELEASE,
    RESTORE_WAIT,
    STORAGE_CLASS,
)
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc
from pulumi_policy import (
    EnforcementLevel,
    PolicyCustomTimeouts,
    PolicyResourceOptions,
    ResourceValidationArgs,
)

from contract.external import API_VERSION
from contract.labels import CNPG_CLUSTER
from contract.scope import ALWAYS_EXCLUDED
from tests.policy_pack import inputs
from tests.policy_pack.inputs import CLAIM, STATEFUL_SET, claim, proxy, stateful_set

PACK = Path(__file__).parent.parent.parent / "policy_pack"
OPTIONS = PolicyResourceOptions(
    protect=False,
    ignore_changes=[],
    delete_before_replace=None,
    aliases=[],
    custom_timeouts=PolicyCustomTimeouts(0, 0, 0),
    additional_secret_outputs=[],
    parent=None,
)
CLUSTER = "kubernetes:postgresql.cnpg.io/v1:Cluster"


def _violations(policy, resource_type, props, **config):
    found = []
    args = ResourceValidationArgs(
        resource_type, proxy(props), "urn", "res", OPTIONS, None, config=config
    )
    rules = policy.validate if isinstance(policy.validate, list) else [policy.validate]
    for rule in rules:
        rule(args, lambda message, urn=None: found.append(message))
    return found


def test_what_loses_data_is_stopped_and_the_rest_is_advice():
    advice = {policy.name for policy in ALL if policy.enforcement_level == ADVISORY}
    assert advice == {"hidden-claim", "protected-claim", "restore-wait"}
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
            "spec": {"inheritedMetadata": {"labels": {"backup": "daily"}}},
        },
        {},
    ),
    "class_problems": (STORAGE_CLASS, CLAIM, LABELLED, {"snapshotCapable": ["fast"]}),
    "generated_problems": (GENERATED_OBJECT, "kubernetes:x:ReplicationSource", SOURCE, {}),
    "protect_problems": (PROTECTED_CLAIM, CLAIM, LABELLED, {}),
    "await_problems": (RESTORE_WAIT, CLAIM, LABELLED, {}),
}


@pytest.mark.parametrize("rule", WRONG)
def test_each_rule_finds_its_violation_and_without_it_nobody_does(rule, monkeypatch):
    policy, resource_type, props, config = WRONG[rule]
    assert len(_violations(policy, resource_type, props, **config)) == 1
    monkeypatch.setattr(policies, rule, lambda *_, **__: ())
    assert _violations(policy, resource_type, props, **config) == []


@pytest.mark.parametrize("rule", WRONG)
def test_an_excluded_namespace_is_left_alone_by_all_that_judge_pvcs(rule):
    policy, resource_type, props, config = WRONG[rule]
    if resource_type == CLAIM:
        assert _violations(policy, CLAIM, props, **config, excludedNamespaces=["apps"]) == []


@pytest.mark.parametrize("namespace", ALWAYS_EXCLUDED)
def test_the_systems_own_namespaces_pass(namespace):
    assert _violations(BACKUP_LABEL, CLAIM, claim(namespace=namespace)) == []


def test_a_namespace_passes_only_where_the_configuration_excludes_it():
    assert _violations(BACKUP_LABEL, CLAIM, claim()) != []
    assert _violations(BACKUP_LABEL, CLAIM, claim(), excludedNamespaces=["apps"]) == []
    assert _violations(BACKUP_LABEL, CLAIM, claim(), excludedNamespaces=["other"]) != []


def test_every_unlabelled_template_is_a_violation_of_its_own():
    labelled = {"metadata": {"name": "a", "labels": {"backup": "daily"}}}
    bare = [{"metadata": {"name": name}} for name in ("b", "c")]
    found = _violations(BACKUP_LABEL, STATEFUL_SET, stateful_set(labelled, *bare))
    assert len(found) == 2


def test_a_database_that_labels_its_volumes_is_refused():
    spec = {"inheritedMetadata": {"labels": {"backup": "daily"}}}
    props = {"apiVersion": "postgresql.cnpg.io/v1", "kind": "Cluster", "spec": spec}
    assert _violations(DATABASE_VOLUME, CLUSTER, props) != []
    assert _violations(DATABASE_VOLUME, CLUSTER, {**props, "spec": {}}) == []
    pvc = claim({CNPG_CLUSTER: "db", "backup": "daily"})
    assert _violations(DATABASE_VOLUME, CLAIM, pvc) != []


def test_a_release_is_reported_unless_its_volumes_have_been_seen_to():
    props = {"chart": "x", "namespace": "apps"}
    assert _violations(HIDDEN_CLAIM, RELEASE, props) != []
    assert _violations(HIDDEN_CLAIM, RELEASE, props, knownReleases=["res"]) == []
    assert _violations(HIDDEN_CLAIM, RELEASE, {**props, "namespace": "kyverno"}) == []
    assert _violations(HIDDEN_CLAIM, CLAIM, claim()) == []
    assert _violations(HIDDEN_CLAIM, RELEASE, props, valuePaths={"res": ["labels"]}) == []


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
    assert len(_violations(BACKUP_LABEL, RELEASE, props, valuePaths=paths)) == count
    assert _violations(BACKUP_LABEL, RELEASE, props) == []


def test_an_operator_that_the_pack_does_not_know_is_a_setting():
    props = {
        "apiVersion": "example.test/v1",
        "kind": "Store",
        "metadata": {"name": "s", "namespace": "apps"},
        "spec": {"template": {"spec": {}}},
    }
    store = ("kubernetes:example.test/v1:Store", props)
    operators = [{"group": "example.test", "kind": "Store", "path": "spec.template"}]
    assert _violations(BACKUP_LABEL, *store) == []
    assert len(_violations(BACKUP_LABEL, *store, operators=operators)) == 1


def _remedied(props):
    args = ResourceValidationArgs(CLAIM, proxy(props), "urn", "res", OPTIONS, None, config={})
    return RESTORE_WAIT.remediate(args)


def test_the_remedy_adds_the_annotation_and_changes_nothing_else():
    props = claim({"backup": "daily"}, annotations={"a": "b"})
    annotations = {"a": "b", SKIP_AWAIT: "true"}
    assert _remedied(props) == {
        **props,
        "metadata": {**props["metadata"], "annotations": annotations},
    }


@pytest.mark.parametrize(
    "props", [claim(), claim({"backup": "daily"}, annotations={SKIP_AWAIT: "true"})]
)
def test_where_nothing_is_to_be_done_nothing_is_changed(props):
    assert _remedied(props) is None


def test_what_is_not_known_yet_is_remedied_later():
    assert _remedied(claim({"backup": "daily"}, namespace=inputs.UNKNOWN)) is None


@pytest.fixture(scope="module")
def analyzer():
    """The pack as Pulumi starts it, reached as the engine reaches it."""
    command = [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:1", str(PACK)]
    with subprocess.Popen(command, cwd=PACK, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            port = process.stdout.readline().strip()
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                grpc.channel_ready_future(channel).result(timeout=20)
                yield analyzer_pb2_grpc.AnalyzerStub(channel)
        finally:
            process.kill()


def _analyze(analyzer, props):
    request = analyzer_pb2.AnalyzeRequest(type=CLAIM, urn="urn:pulumi:s::p::t::n", name="n")
    request.properties.update(props)
    return analyzer.Analyze(request).diagnostics


def test_the_pack_runs_as_a_process_of_its_own(analyzer):
    (diagnostic,) = _analyze(analyzer, claim())
    assert diagnostic.policyName == "backup-label"
    assert diagnostic.enforcementLevel == analyzer_pb2.MANDATORY
    assert "has no label backup" in diagnostic.message
    levels = {one.enforcementLevel for one in _analyze(analyzer, LABELLED)}
    assert levels == {analyzer_pb2.ADVISORY}


def test_no_value_of_a_secret_is_in_a_message(analyzer):
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
    hidden = secret | {"value": "sentinel"}
    said = _analyze(analyzer, claim({"backup": hidden}, annotations={"x": hidden}))
    assert "means nothing" in said[0].message
    assert "sentinel" not in str(said)
