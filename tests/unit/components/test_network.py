import pulumi
import pytest

from components.network import ApiServer, isolation, network_policy, service
from components.pod import NAMESPACE_NAME, selector
from tests.unit.stack.recording import record

NONE = pulumi.ResourceOptions()


def _policy(namespaces=(), calls=None):
    made = record(
        lambda: network_policy("p", "part", NONE, port="http", namespaces=namespaces, calls=calls)
    )
    return made.one("p").inputs["spec"]


def test_without_namespaces_nobody_gets_in():
    assert _policy([])["ingress"] == []


def test_only_the_named_namespaces_reach_only_the_named_port():
    (rule,) = _policy(["b", "a", "b"])["ingress"]
    names = [p["namespaceSelector"]["matchLabels"][NAMESPACE_NAME] for p in rule["from"]]
    assert names == ["a", "b"]
    assert rule["ports"] == [{"port": "http", "protocol": "TCP"}]


def test_a_pod_that_calls_nobody_cannot():
    spec = _policy()
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    assert spec["egress"] == []


def test_a_pod_that_calls_the_api_server_reaches_its_ports_and_dns_alone():
    api, dns = _policy(calls=ApiServer())["egress"]
    assert api == {"ports": [{"port": n, "protocol": "TCP"} for n in (443, 6443)]}
    assert {port["port"] for port in dns["ports"]} == {53, 5353}
    assert {port["protocol"] for port in dns["ports"]} == {"UDP", "TCP"}


def test_where_the_api_servers_addresses_are_known_nothing_else_is_reached():
    calls = ApiServer(addresses=("192.0.2.10", "2001:db8::/64"), ports=(16443,))
    api, _ = _policy(calls=calls)["egress"]
    assert api == {
        "ports": [{"port": 16443, "protocol": "TCP"}],
        "to": [{"ipBlock": {"cidr": "192.0.2.10/32"}}, {"ipBlock": {"cidr": "2001:db8::/64"}}],
    }


@pytest.mark.parametrize(
    "wrong", [{"addresses": ("api",)}, {"addresses": ("192.0.2.1/24",)}, {"ports": (0,)}]
)
def test_an_api_server_that_no_policy_could_name_is_refused(wrong):
    with pytest.raises(ValueError, match="must be"):
        ApiServer(**wrong)


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
