import json

from components.dashboard import Dashboard, DashboardArgs
from components.pod import labels
from manifests.dashboard import FILE
from manifests.panels import audit, drills
from tests.unit.components.fixtures import built

LABELS = {"grafana_dashboard": "1"}


def _made(*, enabled=True, selected_by=LABELS, runbook="", has_drills=True, has_audit=True):
    args = DashboardArgs(
        enabled=enabled,
        labels=selected_by,
        has_drills=has_drills,
        has_audit=has_audit,
        runbook=runbook,
    )
    return built(lambda opts: Dashboard("dashboard", args, opts))


def _panels(**more):
    return json.loads(_made(**more).one("dashboard-config-map").inputs["data"][FILE])["panels"]


def test_it_bears_the_labels_by_which_grafana_selects_it():
    for chosen in (LABELS, {"my_dashboards": "yes"}):
        actual = _made(selected_by=chosen).one("dashboard-config-map").inputs["metadata"]["labels"]
        assert actual == {**labels("dashboard"), **chosen}


def test_nothing_is_deployed_unless_asked_for():
    assert {item.kind for item in _made(enabled=False).resources} == {"kubernetes", "Dashboard"}


def _rows(**more):
    return {panel["title"] for panel in _panels(**more) if panel["type"] == "row"}


def test_a_part_is_shown_only_where_there_is_one():
    assert _rows() > {drills.ROW.title, audit.ROW.title}
    assert _rows(has_drills=False) == _rows() - {drills.ROW.title}
    assert _rows(has_audit=False) == _rows() - {audit.ROW.title}


def test_panels_lead_to_the_runbook_that_the_stack_names():
    links = [
        link
        for panel in _panels(runbook="https://docs.test/ops")
        for link in panel.get("links", ())
    ]
    assert links
    assert all(link["url"].startswith("https://docs.test/ops#") for link in links)
    assert not [link for panel in _panels() for link in panel.get("links", ())]
