import base64
import json

from components.kopia_ui import USER
from contract import answer, scope
from contract.names import Claim
from lab import node
from lab.application import get, kubectl
from manifests import alerts

PLACE = ("-n", scope.VOLSYNC_NAMESPACE)
UI = "kopia-ui"


def _status(*curl: str) -> str:
    """The HTTP status of the UI, asked from the node."""
    address = kubectl(*PLACE, "get", "service", UI, "-o", "jsonpath={.spec.clusterIP}")
    words = ("curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}")
    return node.running().run(*words, *curl, f"http://{address}/")


def _raw(path: str) -> str:
    service = f"services/{answer.SERVICE}:http/proxy{path}"
    return kubectl("get", "--raw", f"/api/v1/namespaces/{scope.VOLSYNC_NAMESPACE}/{service}")


def test_the_ui_lets_nobody_in_without_the_password(deployed):
    assert _status() == "401"
    secret = get("secret", UI, scope.VOLSYNC_NAMESPACE)
    assert secret is not None
    fields = {key: base64.b64decode(value).decode() for key, value in secret["data"].items()}
    assert _status("--user", f"{USER}:{fields['password']}") == "200"


def test_the_alert_rules_are_deployed(deployed):
    rule = get("prometheusrule", alerts.NAME, scope.VOLSYNC_NAMESPACE)
    assert rule is not None
    names = {item["alert"] for group in rule["spec"]["groups"] for item in group["rules"]}
    assert names == {alert.name for alert in alerts.ALERTS}


def test_plumber_answers_a_person_too(deployed):
    found = json.loads(_raw(answer.decision_path(Claim("nowhere", "never-seen"))))
    assert found[answer.Field.DECISION] == answer.Decision.FRESH
    assert len(found[answer.Field.REPOSITORY]) == 64


def test_plumber_counts_its_decisions(deployed):
    assert "pvc_plumber_decisions_total" in _raw(answer.METRICS)
