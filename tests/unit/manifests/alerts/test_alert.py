import pytest

from manifests.alerts.alert import THRESHOLD, Alert, Change
from manifests.alerts.prometheus_rule import ALERTS, RUNBOOK


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_every_alert_links_to_its_section(alert):
    assert alert.rule(RUNBOOK)["annotations"]["runbook_url"] == f"{RUNBOOK}#{alert.name.lower()}"


def test_an_alert_fires_at_once_and_warns_unless_it_says_otherwise():
    rule = Alert(name="A", expr="up == 0", summary="s").rule("r")
    assert (rule["expr"], rule["for"], rule["labels"]) == ("up == 0", "0m", {"severity": "warning"})


@pytest.mark.parametrize(("value", "text"), [(21600, "21600"), (0.9, "0.9"), (1e9, "1000000000")])
def test_a_threshold_stands_in_the_rule_as_prometheus_reads_it(value, text):
    alert = Alert(name="A", expr=f"x > {THRESHOLD}", threshold=1, summary="s")
    assert alert.changed(Change(threshold=value)).rule("r")["expr"] == f"x > {text}"
    assert alert.changed(Change()).rule("r")["expr"] == "x > 1"


def test_an_alert_has_a_threshold_exactly_where_its_rule_compares_with_one():
    for alert in ALERTS:
        assert (THRESHOLD in alert.expr) == (alert.threshold is not None), alert.name
