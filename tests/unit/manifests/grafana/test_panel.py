from manifests.alerts.alert import section
from manifests.grafana.over_time import Graph
from manifests.grafana.panel import (
    BLUE,
    GREEN,
    NEUTRAL,
    RED,
    Query,
    Unit,
    bad_from,
    good_from,
)

RUNBOOK = "https://docs.test/operations"
PANEL = Graph(
    title="Time",
    description="Long: slow.",
    queries=(Query("a", "one"), Query("b")),
    alerts=("BackupLate",),
    unit=Unit.SECONDS,
)


def _json(runbook=RUNBOOK):
    return PANEL.json(number=7, x=12, y=3, runbook=runbook)


def _steps(scale):
    return [(step["value"], step["color"]) for step in scale.thresholds()["steps"]]


def test_a_panel_is_where_it_was_put():
    assert _json()["id"] == 7
    assert _json()["gridPos"] == {"x": 12, "y": 3, "w": PANEL.width, "h": PANEL.height}


def test_queries_are_told_apart():
    first, second = _json()["targets"]
    assert (first["refId"], first["expr"], first["legendFormat"]) == ("A", "a", "one")
    assert (second["refId"], second["expr"]) == ("B", "b")


def test_a_panel_links_to_the_sections_of_its_alerts():
    (link,) = _json()["links"]
    assert link["url"] == section(RUNBOOK, "BackupLate") == f"{RUNBOOK}#backuplate"
    assert "BackupLate" in link["title"]


def test_without_an_address_there_is_no_broken_link():
    assert _json(runbook="")["links"] == []


def test_numbers_bear_their_unit():
    assert _json()["fieldConfig"]["defaults"]["unit"] == "s"


def test_a_limit_is_where_the_colour_changes():
    assert _steps(bad_from(5)) == [(None, GREEN), (5, RED)]
    assert _steps(good_from(5)) == [(None, RED), (5, GREEN)]
    assert _steps(NEUTRAL) == [(None, BLUE)]
