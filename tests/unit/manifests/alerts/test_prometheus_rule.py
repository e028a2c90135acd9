from manifests.alerts.optional import DRILL_ALERTS
from manifests.alerts.prometheus_rule import ALERTS, TICK, prometheus_rule
from manifests.params import PolicyParams


def test_names_are_unique():
    assert len({alert.name for alert in ALERTS}) == len(ALERTS)


def test_the_rule_carries_the_labels_that_prometheus_selects():
    rule = prometheus_rule(labels={"release": "p"}, runbook="https://example.org/operations")
    assert rule["metadata"]["labels"] == {"release": "p"}
    links = [r["annotations"]["runbook_url"] for r in rule["spec"]["groups"][0]["rules"]]
    assert all(link.startswith("https://example.org/operations#") for link in links)


def test_orphans_are_given_three_ticks_of_the_cleanup():
    assert PolicyParams().cleanup == f"*/{TICK} * * * *"


def test_alerts_can_be_left_out():
    drills = {alert.name for alert in DRILL_ALERTS}
    (group,) = prometheus_rule(labels={}, left_out=drills)["spec"]["groups"]
    assert {r["alert"] for r in group["rules"]} == {alert.name for alert in ALERTS} - drills
