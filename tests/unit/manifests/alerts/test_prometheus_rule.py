from importlib import import_module
from pkgutil import iter_modules

from manifests import alerts
from manifests.alerts import drills
from manifests.alerts.prometheus_rule import ALERTS, prometheus_rule

NO_SUBJECTS = {"alert", "prometheus_rule"}


def test_names_are_unique():
    assert len({alert.name for alert in ALERTS}) == len(ALERTS)


def test_the_rule_carries_the_labels_that_prometheus_selects():
    rule = prometheus_rule(labels={"release": "p"}, runbook="https://example.org/operations")
    assert rule["metadata"]["labels"] == {"release": "p"}
    links = [r["annotations"]["runbook_url"] for r in rule["spec"]["groups"][0]["rules"]]
    assert all(link.startswith("https://example.org/operations#") for link in links)


def test_the_alerts_of_every_subject_are_in_the_rule():
    subjects = {module.name for module in iter_modules(alerts.__path__)} - NO_SUBJECTS
    modules = [import_module(f"manifests.alerts.{subject}") for subject in subjects]
    assert {alert for module in modules for alert in module.ALERTS} == set(ALERTS)


def test_alerts_can_be_left_out():
    left_out = {alert.name for alert in drills.ALERTS}
    (group,) = prometheus_rule(labels={}, left_out=left_out)["spec"]["groups"]
    assert {r["alert"] for r in group["rules"]} == {alert.name for alert in ALERTS} - left_out
