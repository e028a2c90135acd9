import pytest

from manifests.alerts import ALERTS, RUNBOOK, TICK, prometheus_rule
from manifests.params import PolicyParams


def test_names_are_unique():
    assert len({alert.name for alert in ALERTS}) == len(ALERTS)


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_every_alert_links_to_its_section(alert):
    assert alert.rule(RUNBOOK)["annotations"]["runbook_url"] == f"{RUNBOOK}#{alert.name.lower()}"


def test_the_rule_carries_the_labels_that_prometheus_selects():
    rule = prometheus_rule(labels={"release": "p"}, runbook="https://example.org/operations")
    assert rule["metadata"]["labels"] == {"release": "p"}
    links = [r["annotations"]["runbook_url"] for r in rule["spec"]["groups"][0]["rules"]]
    assert all(link.startswith("https://example.org/operations#") for link in links)


def test_orphans_are_given_three_ticks_of_the_cleanup():
    assert PolicyParams().cleanup == f"*/{TICK} * * * *"
