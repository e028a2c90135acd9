import pulumi
import pytest

from components.network import isolation, network_policy, service
from components.pod import NAMESPACE_NAME, selector
from tests.unit.stack.recording import record

NONE = pulumi.ResourceOptions()


def _policy(namespaces, is_calling_out=False):
    made = record(
        lambda: network_policy(
            "p", "part", NONE, port="http", namespaces=namespaces, is_calling_out=is_calling_out
        )
    )
    return made.one("p").inputs["spec"]


def test_without_namespaces_nobody_gets_in():
    assert _policy([])["ingress"] == []


def test_only_the_named_namespaces_reach_only_the_named_port():
    (rule,) = _policy(["b", "a", "b"])["ingress"]
    names = [p["namespaceSelector"]["matchLabels"][NAMESPACE_NAME] for p in rule["from"]]
    assert names == ["a", "b"]
    assert rule["ports"] == [{"port": "http", "protocol": "TCP"}]


@pytest.mark.parametrize(("is_calling_out", "egress"), [(False, []), (True, [{}])])
def test_a_pod_that_calls_nobody_cannot(is_calling_out, egress):
    spec = _policy([], is_calling_out)
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    assert spec["egress"] == egress


def test_a_service_leads_to_its_parts_pods_by_the_ports_name():
    made = record(lambda: service("s", "part", NONE, port="http", number=80))
    spec = made.one("s").inputs["spec"]
    assert spec["selector"] == selector("part")
    assert spec["ports"] == [{"name": "http", "port": 80, "targetPort": "http", "protocol": "TCP"}]


def test_an_isolated_namespace_lets_nothing_in_or_out_of_any_pod():
    made = record(lambda: isolation("i", "apart", NONE)).one("i").inputs
    assert made["metadata"]["namespace"] == "apart"
    assert not made["spec"]["podSelector"]
    assert made["spec"]["policyTypes"] == ["Ingress", "Egress"]
    assert made["spec"]["ingress"] == made["spec"]["egress"] == []
