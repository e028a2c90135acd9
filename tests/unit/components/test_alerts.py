from dataclasses import replace

import pulumi
import pytest

from components.alerts import Alerts, AlertsArgs
from manifests.alerts import audit, drills
from manifests.alerts.alert import Change
from manifests.alerts.prometheus_rule import ALERTS
from tests.unit.components.fixtures import MONITORED, UNMONITORED, built


def _made(monitoring, **more):
    usual = AlertsArgs(monitoring=monitoring, has_drills=True, has_audit=True)
    args = replace(usual, **more)
    return built(lambda opts: Alerts("alerts", args, opts))


def test_the_rules_bear_the_labels_by_which_prometheus_selects_them():
    rule = _made(MONITORED).one("alerts-rule")
    assert rule.kind == "PrometheusRule"
    assert rule.inputs["metadata"]["labels"].items() >= MONITORED.labels.items()
    assert rule.inputs["spec"]["groups"]


def test_nothing_is_deployed_where_there_is_no_prometheus_operator():
    assert {item.kind for item in _made(UNMONITORED).resources} == {"kubernetes", "Alerts"}


def test_every_alert_leads_to_the_runbook_that_the_stack_names():
    rule = _made(replace(MONITORED, runbook="https://docs.test/operations")).one("alerts-rule")
    for group in rule.inputs["spec"]["groups"]:
        for alert in group["rules"]:
            assert alert["annotations"]["runbook_url"].startswith("https://docs.test/operations#")


def _names(**more):
    groups = _made(MONITORED, **more).one("alerts-rule").inputs["spec"]["groups"]
    return {rule["alert"] for group in groups for rule in group["rules"]}


def test_a_part_is_watched_only_where_there_is_one():
    of_drills = {alert.name for alert in drills.ALERTS}
    of_audit = {alert.name for alert in audit.ALERTS}
    assert _names() == {alert.name for alert in ALERTS} > of_drills | of_audit
    assert _names(has_drills=False) == _names() - of_drills
    assert _names(has_audit=False) == _names() - of_audit


def test_a_stack_may_want_an_alert_later_quieter_or_not_at_all():
    changes = {"BackupLate": Change(wait="6h"), "KyvernoDown": Change(severity="warning")}
    changes |= {"PvcDenied": Change(enabled=False)}
    spec = _made(replace(MONITORED, rules=changes)).one("alerts-rule").inputs["spec"]
    rules = {rule["alert"]: rule for group in spec["groups"] for rule in group["rules"]}
    assert "PvcDenied" not in rules
    assert (rules["BackupLate"]["for"], rules["BackupLate"]["labels"]["severity"]) == (
        "6h",
        "critical",
    )
    assert rules["KyvernoDown"]["labels"]["severity"] == "warning"


@pytest.mark.parametrize("change", [Change(), Change(enabled=False)])
def test_an_alert_that_there_is_not_is_named(change):
    with pytest.raises(pulumi.RunError, match=r"alerts\.rules: there is no alert Typo"):
        _made(replace(MONITORED, rules={"Typo": change}))


def test_a_threshold_for_an_alert_that_has_none_is_an_error():
    with pytest.raises(pulumi.RunError, match=r"alerts\.rules: PvcDenied has no threshold"):
        _made(replace(MONITORED, rules={"PvcDenied": Change(threshold=3)}))
