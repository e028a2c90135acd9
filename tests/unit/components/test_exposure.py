from dataclasses import replace

import pulumi
import pytest

from components.exposure import HTTPROUTE, INGRESS, NONE, Exposure, address, expose
from tests.unit.stack.recording import record

PAGE = Exposure(kind=INGRESS, gateway=None, ingress_class="", tls_secret="", namespaces=("in",))
ROUTE = replace(PAGE, kind=HTTPROUTE, gateway=("gateways", "internal"))


def _made(exposure):
    opts = pulumi.ResourceOptions()
    return record(lambda: expose("ui", "service", "ui.test", exposure, opts)).resources


def test_a_route_hangs_on_the_gateway_and_leads_to_the_service():
    (route,) = _made(ROUTE)
    assert route.kind == "HTTPRoute"
    assert route.inputs["spec"] == {
        "parentRefs": [{"name": "internal", "namespace": "gateways"}],
        "hostnames": ["ui.test"],
        "rules": [{"backendRefs": [{"name": "service", "port": 80}]}],
    }


def test_an_ingress_uses_its_class_and_certificate_where_given():
    (plain,) = _made(PAGE)
    assert "tls" not in plain.inputs["spec"]
    assert "ingressClassName" not in plain.inputs["spec"]
    (full,) = _made(replace(PAGE, ingress_class="nginx", tls_secret="cert"))
    assert full.inputs["spec"]["ingressClassName"] == "nginx"
    assert full.inputs["spec"]["tls"] == [{"hosts": ["ui.test"], "secretName": "cert"}]
    (rule,) = full.inputs["spec"]["rules"]
    assert rule["host"] == "ui.test"


def test_what_is_not_exposed_makes_nothing():
    assert _made(replace(PAGE, kind=NONE)) == ()


@pytest.mark.parametrize(
    ("exposure", "url"),
    [
        (ROUTE, "https://ui.test"),
        (PAGE, "http://ui.test"),
        (replace(PAGE, tls_secret="cert"), "https://ui.test"),
        (replace(PAGE, kind=NONE), ""),
    ],
)
def test_the_address_says_whether_the_way_is_encrypted(exposure, url):
    assert address("ui.test", exposure) == url
