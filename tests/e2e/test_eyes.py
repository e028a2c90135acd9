import base64
import json
from typing import Any

from components.kopia_ui import USER
from contract import answer, metrics, scope
from contract.audit import AUDIT, SERVICE, Key
from contract.names import Claim
from kube.resource import path, plural
from lab.application import get, kubectl
from lab.node import namespaces
from lab.polling import wait_until
from manifests import dashboard
from manifests.alerts import prometheus_rule
from plumber.audit.cluster_cache import KINDS
from tests.e2e import audit

PLACE = ("-n", scope.VOLSYNC_NAMESPACE)
UI = "kopia-ui"


def _status(*curl: str) -> str:
    """The HTTP status of the UI, asked from the node."""
    address = kubectl(*PLACE, "get", "service", UI, "-o", "jsonpath={.spec.clusterIP}")
    words = ("curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}")
    return namespaces.running().run(*words, *curl, f"http://{address}/")


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
    rule = get("prometheusrule", prometheus_rule.NAME, scope.VOLSYNC_NAMESPACE)
    assert rule is not None
    names = {item["alert"] for group in rule["spec"]["groups"] for item in group["rules"]}
    assert names == {alert.name for alert in prometheus_rule.ALERTS}


def test_the_dashboard_is_where_grafanas_sidecar_looks(deployed):
    config_map = get("configmap", f"{prometheus_rule.NAME}-dashboard", scope.VOLSYNC_NAMESPACE)
    assert config_map is not None
    assert config_map["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert json.loads(config_map["data"][dashboard.FILE])["uid"] == prometheus_rule.NAME


def test_plumber_answers_a_person_too(deployed):
    body = json.loads(_raw(answer.decision_path(Claim("nowhere", "never-seen"))))
    assert body[answer.Field.DECISION] == answer.Decision.FRESH
    assert len(body[answer.Field.REPOSITORY]) == 64


def test_plumber_counts_its_decisions(deployed):
    assert "pvc_plumber_decisions_total" in _raw(answer.METRICS)


def test_the_audit_has_a_verdict_for_every_pvc_of_the_cluster(deployed):
    def all_told() -> dict[str, Any] | None:
        pvcs = json.loads(kubectl("get", "pvc", "--all-namespaces", "-o", "json"))
        body = json.loads(audit.raw(AUDIT))
        audited = {(pvc[Key.NAMESPACE], pvc[Key.PVC]) for pvc in body["pvcs"]}
        existing = {
            (pvc["metadata"]["namespace"], pvc["metadata"]["name"]) for pvc in pvcs["items"]
        }
        return body if existing == audited else None

    body = wait_until("audit of exactly the PVCs that there are", all_told)
    assert len(body["repository"]) == 64
    assert body["trouble"] == ""


def test_the_audit_counts_what_it_shows(deployed):
    body, text = json.loads(audit.raw(AUDIT)), audit.raw(answer.METRICS)
    assert f"{metrics.AUDIT_READY} 1.0" in text
    assert text.count(f"{metrics.AUDIT_BROKEN}{{") == body["counts"]["broken"]


def test_the_audit_may_do_what_it_does_and_nothing_else(deployed):
    account = f"system:serviceaccount:{scope.VOLSYNC_NAMESPACE}:{SERVICE}"
    listing = kubectl("auth", "can-i", "--list", "--as", account, "--no-headers")
    rights = {line.split()[0]: line[line.rindex("[") :] for line in listing.splitlines()}
    everybodys = {name for name in rights if name.startswith(("self", "["))}
    assert set(rights) - everybodys == {_resource(kind) for kind in KINDS}
    assert {rights[name] for name in set(rights) - everybodys} == {"[list watch]"}


def _resource(kind: str) -> str:
    """As kubectl names it: resource and group."""
    root, group, *_ = path(kind, "").strip("/").split("/")
    return plural(kind) if root == "api" else f"{plural(kind)}.{group}"
