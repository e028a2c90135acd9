"""The policies as the engine calls them, and the pack as a process of its own."""

import subprocess
import sys
from pathlib import Path

import grpc
import pytest
from policies import ALL, BACKUP_LABEL, DATABASE_VOLUME, HIDDEN_CLAIM, RELEASE
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc
from pulumi_policy import (
    EnforcementLevel,
    PolicyCustomTimeouts,
    PolicyResourceOptions,
    ResourceValidationArgs,
)

from contract.labels import CNPG_CLUSTER
from contract.scope import ALWAYS_EXCLUDED
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


def test_the_label_is_mandatory_and_hidden_pvcs_are_only_reported():
    levels = {policy.name: policy.enforcement_level for policy in ALL}
    assert levels == {
        "backup-label": EnforcementLevel.MANDATORY,
        "database-volume": EnforcementLevel.MANDATORY,
        "hidden-claim": EnforcementLevel.ADVISORY,
    }


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
    assert list(_analyze(analyzer, claim({"backup": "daily"}))) == []
