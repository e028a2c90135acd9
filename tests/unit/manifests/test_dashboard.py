import json
import re
from itertools import combinations
from pathlib import Path

import pytest

from contract import metrics
from manifests import promql
from manifests.alerts.prometheus_rule import ALERTS
from manifests.dashboard import FILE, ROWS, config_map, dashboard
from manifests.grafana.panel import MAX_WIDTH, Unit
from manifests.grafana.variable import DATASOURCE, VARIABLES
from manifests.panels import audit, drills

FOLDER = Path(__file__).parents[3] / "manifests" / "panels"
RUNBOOK = "https://docs.test/operations"
PANELS = [panel for row in ROWS for panel in row.panels]
EXPRESSIONS = [query.expr for panel in PANELS for query in panel.queries]
OWN = {
    value
    for name, value in vars(metrics).items()
    if name.isupper() and isinstance(value, str) and "_" in value
}
FOREIGN = {promql.ALERTS, promql.PVC_LABELS, promql.PVC_PHASE, promql.DENIALS}
# What other panels show the cause or the effect of, and what happens too rarely for a panel.
ALERTS_WITHOUT_PANEL = {"OrphansRemain", "CleanupDeletesMany"}
# Every part may be left out of a stack.
VARIANTS = {"all": (), "no drills": (drills.ROW,), "no audit": (audit.ROW,)}

NO_NAME = (
    r'"[^"]*"',
    r"\{[^}]*\}",
    r"\[[^]]*\]",
    r"\b(by|on|without|ignoring) \([^)]*\)",
    r"\$\w+",
    r"\b\w+ *(?=\()",  # a function or an aggregation
    r"\b(or|and|unless|offset|bool)\b",
)


def series(expression):
    """The names of the series that an expression reads."""
    for pattern in NO_NAME:
        expression = re.sub(pattern, " ", expression)
    return set(re.findall(r"[A-Za-z_:][\w:]*", expression))


def metric(name):
    """A metric by the name of one of its series."""
    return re.sub(r"_(bucket|sum|count)$", "", name)


READ = {name for expression in EXPRESSIONS for name in series(expression)}


def test_series_are_found_in_an_expression():
    names = series('sum by (x) (a_b{c="d"} unless a_b{c="d"} offset $w) or increase(e[5m]) * 2')
    assert names == {"a_b", "e"}


def test_every_series_is_one_of_ours_or_a_known_foreign_one():
    assert {name for name in READ if metric(name) not in OWN} == FOREIGN


def test_every_metric_of_ours_is_shown():
    assert {metric(name) for name in READ} >= OWN


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.stem)
def test_no_panel_spells_the_name_of_a_metric(path):
    text = path.read_text()
    assert [name for name in (*OWN, "kube_", "kyverno_") if name in text] == []


def _placed(left_out):
    return dashboard(left_out=left_out, runbook=RUNBOOK)["panels"]


def _cells(place):
    return {
        (x, y)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    }


@pytest.mark.parametrize("left_out", VARIANTS.values(), ids=VARIANTS)
def test_no_panel_lies_on_another(left_out):
    cells = {panel["id"]: _cells(panel["gridPos"]) for panel in _placed(left_out)}
    assert [pair for pair in combinations(cells, 2) if cells[pair[0]] & cells[pair[1]]] == []


@pytest.mark.parametrize("left_out", VARIANTS.values(), ids=VARIANTS)
def test_panels_fill_the_whole_width_and_leave_no_hole(left_out):
    cells = set().union(*(_cells(panel["gridPos"]) for panel in _placed(left_out)))
    assert cells == {(x, y) for x in range(MAX_WIDTH) for y in range(max(y for _, y in cells) + 1)}


@pytest.mark.parametrize("left_out", VARIANTS.values(), ids=VARIANTS)
def test_panels_are_numbered_by_their_place(left_out):
    placed = _placed(left_out)
    assert [panel["id"] for panel in placed] == list(range(1, len(placed) + 1))
    assert placed == _placed(left_out)


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.title)
def test_every_panel_says_what_a_bad_value_means(panel):
    assert len(panel.description) > len(panel.title)
    assert panel.description.endswith(".")
    assert panel.queries


def test_titles_and_rows_are_unique():
    titles = [(row.title, panel.title) for row in ROWS for panel in row.panels]
    assert len(set(titles)) == len(titles)
    assert len({row.title for row in ROWS}) == len(ROWS)


def test_time_is_told_in_seconds_and_size_in_bytes():
    for panel in PANELS:
        text = " ".join(query.expr for query in panel.queries)
        if "seconds" in text or "time()" in text:
            assert panel.unit is Unit.SECONDS, panel.title
        if "bytes" in text:
            assert panel.unit in {Unit.BYTES, Unit.SHARE}, panel.title


def test_every_alert_belongs_to_a_panel():
    linked = {name for panel in PANELS for name in panel.alerts}
    assert linked == {alert.name for alert in ALERTS} - ALERTS_WITHOUT_PANEL


def test_every_panel_asks_the_chosen_source():
    for panel in _placed(()):
        for target in panel.get("targets", ()):
            assert panel["datasource"] == target["datasource"] == DATASOURCE


@pytest.mark.parametrize("label", ["obj_namespace", "pvc_namespace", "resource_namespace"])
def test_a_metric_of_namespaces_shows_the_chosen_ones(label):
    """Also where it is only looked at through its sum."""
    for panel in PANELS:
        for expression in (query.expr for query in panel.queries):
            if label in expression:
                selectors = re.findall(r"\{([^}]*)\}", expression)
                assert selectors
                assert all(f'{label}=~"$namespace"' in selector for selector in selectors), (
                    panel.title
                )


def test_variables_are_used_and_known():
    defined = {variable["name"] for variable in VARIABLES} | {"__interval"}
    used = set(re.findall(r"\$\{?([A-Za-z_]\w*)", json.dumps(_placed(()))))
    assert used == defined


def test_a_look_back_over_the_interval_has_a_least_interval():
    for panel in _placed(()):
        for target in panel.get("targets", ()):
            assert ("$__interval" in target["expr"]) <= bool(panel.get("interval")), panel["title"]


def test_its_address_stays():
    assert dashboard()["uid"] == dashboard(left_out=ROWS)["uid"] == "pvc-backup"


def test_the_config_map_carries_labels_and_the_dashboard():
    manifest = config_map(labels={"grafana_dashboard": "1"}, runbook=RUNBOOK)
    assert manifest["metadata"]["labels"] == {"grafana_dashboard": "1"}
    assert set(manifest["data"]) == {FILE}
    assert FILE.endswith(".json")  # the sidecar takes no other file
    assert json.loads(manifest["data"][FILE]) == dashboard(runbook=RUNBOOK)


def test_there_is_a_link_to_the_runbook_where_it_has_an_address():
    (link,) = dashboard(runbook=RUNBOOK)["links"]
    assert link["url"] == RUNBOOK
    assert dashboard()["links"] == []
