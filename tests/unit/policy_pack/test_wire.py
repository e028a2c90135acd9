"""The pack as a process of its own, reached as the engine reaches it."""

import subprocess
import sys
from pathlib import Path

import grpc
import pytest
from claim_lifecycle import SKIP_AWAIT
from google.protobuf import json_format
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from tests.unit.policy_pack import inputs
from tests.unit.policy_pack.inputs import CLAIM, claim

PACK = Path(__file__).parents[3] / "policy_pack"
# How the engine marks a secret (pulumi/sdk, resource.SecretSig).
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
LABELLED = claim({"backup": "daily"})


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
    levels = {diagnostic.enforcementLevel for diagnostic in _analyze(analyzer, LABELLED)}
    assert levels == {analyzer_pb2.ADVISORY}


def test_no_value_of_a_secret_is_in_a_message(analyzer):
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
    hidden = secret | {"value": "sentinel"}
    diagnostics = _analyze(analyzer, claim({"backup": hidden}, annotations={"x": hidden}))
    assert "means nothing" in diagnostics[0].message
    assert "sentinel" not in str(diagnostics)


@pytest.fixture
def remedying(analyzer):
    """The same, told to mend what it finds."""
    config = analyzer_pb2.PolicyConfig(enforcementLevel=analyzer_pb2.REMEDIATE)
    analyzer.Configure(analyzer_pb2.ConfigureAnalyzerRequest(policyConfig={"restore-wait": config}))
    yield analyzer
    analyzer.Configure(analyzer_pb2.ConfigureAnalyzerRequest())


def _remedied(analyzer, props, resource_type=CLAIM):
    request = analyzer_pb2.AnalyzeRequest(type=resource_type, urn="urn:pulumi:s::p::t::n", name="n")
    request.properties.update(props)
    remedies = [
        remedy for remedy in analyzer.Remediate(request).remediations if remedy.properties.fields
    ]
    return [json_format.MessageToDict(remedy.properties) for remedy in remedies]


def _annotated(props, **annotations):
    return {**props, "metadata": {**props["metadata"], "annotations": annotations}}


@pytest.mark.parametrize("before", [{}, {"a": "b"}])
def test_the_remedy_adds_the_annotation_and_changes_nothing_else(remedying, before):
    props = claim({"backup": "daily"}, annotations=before)
    assert _remedied(remedying, props) == [_annotated(props, **before, **{SKIP_AWAIT: "true"})]
    assert _remedied(remedying, LABELLED) == [_annotated(LABELLED, **{SKIP_AWAIT: "true"})]


@pytest.mark.parametrize(
    "props", [claim(), claim({"backup": "daily"}, annotations={SKIP_AWAIT: "true"})]
)
def test_where_nothing_is_to_be_done_nothing_is_changed(remedying, props):
    assert _remedied(remedying, props) == []


def test_what_is_secret_stays_secret_in_what_the_remedy_hands_back(remedying):
    hidden = SECRET | {"value": "sentinel"}
    props = claim({"backup": "daily", "x": hidden}, annotations={"y": hidden})
    props["spec"]["volumeName"] = hidden
    expected = _annotated(props, y=hidden, **{SKIP_AWAIT: "true"})
    assert _remedied(remedying, props) == [expected]


def test_what_is_not_known_yet_stays_unknown_and_is_no_obstacle(remedying):
    props = claim({"backup": "daily"}, namespace=inputs.UNKNOWN, uid=inputs.UNKNOWN)
    assert _remedied(remedying, props) == [_annotated(props, **{SKIP_AWAIT: "true"})]


@pytest.mark.parametrize("unknown", [inputs.UNKNOWN, inputs.UNKNOWN_MAP])
def test_annotations_that_are_not_known_yet_are_left_alone(remedying, unknown):
    assert _remedied(remedying, claim({"backup": "daily"}, annotations=unknown)) == []


def test_each_labelled_pvc_of_a_list_gets_its_annotation(remedying):
    def listed(*items):
        return {"apiVersion": "v1", "kind": "PersistentVolumeClaimList", "items": list(items)}

    plain, labelled = claim(), LABELLED
    remedied = _annotated(labelled, **{SKIP_AWAIT: "true"})
    remedies = _remedied(remedying, listed(plain, labelled), f"{CLAIM}List")
    assert remedies == [listed(plain, remedied)]
