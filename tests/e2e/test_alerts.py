"""The most important alerts fire for real, and clear: `scripts/alerts-drill` goes through all."""

from collections.abc import Generator

import pytest

from lab.alarms.scenes import CHANGES, COUNTING, SCENES
from lab.alarms.watch import watch
from lab.first_turn import first_turn
from lab.monitoring import prometheus
from manifests.alerts.prometheus_rule import prometheus_rule

CHOSEN = ("no-plumber", "no-mover", "no-generation", "read-only", "emptied")


@pytest.fixture(scope="module")
def watched(deployed: None) -> Generator[None]:
    with prometheus.watching(prometheus_rule(labels={}, changes=CHANGES)["spec"]):
        yield


@pytest.mark.parametrize("name", CHOSEN)
def test_the_alerts_of_a_cause_fire_and_clear(watched, name):
    scene = SCENES[name]
    with first_turn() as app:
        fired = list(watch(app, scene))
    assert [alert.alert for alert in fired] == list(scene.alerts)
    for alert in fired:
        assert (alert.cleared is None) == (alert.alert in COUNTING)
        assert "{{" not in alert.summary


def test_everything_that_alerts_and_dashboard_read_is_scraped(watched):
    # VolSync wants a token that its chart's own monitor does not bring; nothing of ours reads it.
    [volsyncs] = prometheus.down()
    assert "volsync-system-volsync-0" in volsyncs
    assert "401" in volsyncs
    expected = ("kube_persistentvolumeclaim_labels", "externalsecret_status_condition")
    for series in (*expected, "kyverno_info", "pvc_plumber_ready", "pvc_audit_ready"):
        assert prometheus.query(series), series
