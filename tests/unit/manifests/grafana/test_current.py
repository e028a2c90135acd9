from typing import Any

from manifests.grafana.current import VALUE, Bars, Stat, Table
from manifests.grafana.panel import GREEN, ORANGE, RED, Query

ABOUT: dict[str, Any] = {"title": "T", "description": "D", "queries": (Query("up"),)}


def _json(panel):
    return panel.json(number=1, x=0, y=0, runbook="")


def _mappings(**more):
    return _json(Stat(**ABOUT, **more))["fieldConfig"]["defaults"]["mappings"]


def test_all_ask_for_this_moment_only():
    for panel in (Stat(**ABOUT), Bars(**ABOUT), Table(**ABOUT, columns={"pod": "Pod"})):
        (target,) = _json(panel)["targets"]
        assert (target["instant"], target["range"]) == (True, False)


def test_what_is_missing_is_not_shown_as_good():
    (mapping,) = _mappings(missing="never")
    assert mapping["options"]["match"] == "null+nan"
    assert mapping["options"]["result"]["text"] == "never"
    assert mapping["options"]["result"]["color"] == ORANGE


def test_a_number_can_have_a_word_and_a_colour():
    words, missing = _mappings(words={0: ("works", GREEN), 1: ("fails", RED)})
    assert {
        key: (mapping["text"], mapping["color"]) for key, mapping in words["options"].items()
    } == {
        "0": ("works", GREEN),
        "1": ("fails", RED),
    }
    places = [mapping["index"] for mapping in words["options"].values()]
    assert [*places, missing["options"]["result"]["index"]] == [0, 1, 2]


def _columns(columns):
    (transformation,) = _json(Table(**ABOUT, columns=columns))["transformations"]
    return transformation["options"]


def test_a_table_shows_its_columns_in_their_order_and_hides_the_rest():
    columns = _columns({"pod": "Pod", VALUE: "Files"})
    assert columns["indexByName"] == {"pod": 0, VALUE: 1}
    assert columns["renameByName"] == {"pod": "Pod", VALUE: "Files"}
    assert columns["excludeByName"] == {"Time": True}


def test_a_table_of_names_hides_the_number():
    assert _columns({"pod": "Pod"})["excludeByName"] == {"Time": True, VALUE: True}
    (target,) = _json(Table(**ABOUT, columns={"pod": "Pod"}))["targets"]
    assert target["format"] == "table"
