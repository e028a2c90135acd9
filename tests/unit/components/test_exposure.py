from dataclasses import replace

import pulumi
import pytest

from components.exposure import Exposure, Gateway, Page, address, expose
from tests.unit.stack.recording import record

PAGE = Page(exposure=Exposure.INGRESS, from_namespaces=("in",))
GATEWAY = Gateway(namespace="gateways", name="internal")
ROUTE = replace(PAGE, exposure=Exposure.HTTPROUTE, gateway=GATEWAY)


def _made(page):
    opts = pulumi.ResourceOptions()
    return record(lambda: expose("ui", "service", "ui.test", page, opts)).resources


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
    assert _made(Page()) == ()


@pytest.mark.parametrize(
    ("page", "url"),
    [
        (ROUTE, "https://ui.test"),
        (PAGE, "http://ui.test"),
        (replace(PAGE, tls_secret="cert"), "https://ui.test"),
        (Page(), ""),
        (replace(ROUTE, enabled=False), ""),
    ],
)
def test_the_address_says_whether_the_way_is_encrypted(page, url):
    assert address("ui.test", page) == url
