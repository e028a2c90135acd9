import pytest

from manifests.alert import Alert
from manifests.alerts import ALERTS, RUNBOOK


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_every_alert_links_to_its_section(alert):
    assert alert.rule(RUNBOOK)["annotations"]["runbook_url"] == f"{RUNBOOK}#{alert.name.lower()}"


def test_an_alert_fires_at_once_and_warns_unless_it_says_otherwise():
    rule = Alert(name="A", expr="up == 0", summary="s").rule("r")
    assert (rule["expr"], rule["for"], rule["labels"]) == ("up == 0", "0m", {"severity": "warning"})
