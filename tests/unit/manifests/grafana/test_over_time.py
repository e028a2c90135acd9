from typing import Any

from manifests.grafana.over_time import BUCKET, Counts, Graph, States
from manifests.grafana.panel import GREEN, RED, Query

ABOUT: dict[str, Any] = {"title": "T", "description": "D", "queries": (Query("up"),)}


def _json(panel):
    return panel.json(number=1, x=0, y=0, runbook="")


def _look(panel):
    return _json(panel)["fieldConfig"]["defaults"]


def test_all_ask_for_the_whole_time_range():
    for panel in (Graph(**ABOUT), Counts(**ABOUT), States(**ABOUT)):
        (target,) = _json(panel)["targets"]
        assert (target["instant"], target["range"]) == (False, True)


def test_a_line_shows_where_it_gets_bad():
    assert _look(Graph(**ABOUT))["custom"]["thresholdsStyle"]["mode"] == "off"
    limited = _look(Graph(**ABOUT, limit=7))
    assert limited["custom"]["thresholdsStyle"]["mode"] == "line"
    steps = [(step["value"], step["color"]) for step in limited["thresholds"]["steps"]]
    assert steps == [(None, GREEN), (7, RED)]


def test_what_is_counted_is_counted_over_an_interval_that_shows_something():
    assert _json(Counts(**ABOUT))["interval"] == BUCKET
    assert "interval" not in _json(Graph(**ABOUT))


def test_counts_are_whole_numbers_in_stacked_bars():
    look = _look(Counts(**ABOUT))
    assert look["decimals"] == 0
    assert look["custom"]["drawStyle"] == "bars"
    assert look["custom"]["stacking"]["mode"] == "normal"
    assert _look(Graph(**ABOUT))["custom"]["drawStyle"] == "line"


def test_a_state_is_red_and_its_absence_has_a_word():
    look = _look(States(**ABOUT))
    assert look["color"] == {"mode": "fixed", "fixedColor": RED}
    assert look["noValue"] == "none"
