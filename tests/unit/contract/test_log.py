import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest

from contract.log import ABOUT, JsonFormatter
from contract.times import parse_strict


def _line(**changes: object) -> dict[str, object]:
    plain = {
        "name": "x",
        "levelno": logging.INFO,
        "levelname": "INFO",
        "msg": "a %s",
        "args": ("b",),
    }
    text = JsonFormatter().format(logging.makeLogRecord(plain | changes))
    assert "\n" not in text
    return json.loads(text)


def test_a_record_is_one_json_object_with_its_facts() -> None:
    line = _line(pvc="data", waited=1.5)
    assert set(line) == {"time", "level", "msg", "pvc", "waited"}
    assert (line["level"], line["msg"], line["pvc"]) == ("info", "a b", "data")


@pytest.mark.parametrize("seconds", [1_772_366_400.0, 1_772_366_400.5, 1_772_366_400.000_5])
def test_lines_sort_by_their_time(seconds: float) -> None:
    time = str(_line(created=seconds)["time"])
    assert time.startswith("2026-03-01T12:00:00.")
    assert len(time) == len("2026-03-01T12:00:00.000Z")
    assert parse_strict(time).timestamp() == pytest.approx(seconds, abs=0.001)


def test_the_object_that_a_line_is_about_can_be_searched_for() -> None:
    line = _line(about={"kind": "PersistentVolumeClaim", "name": "data"})
    assert (line["kind"], line["name"]) == ("PersistentVolumeClaim", "data")
    assert ABOUT not in line


def test_a_fact_that_is_not_json_is_still_logged() -> None:
    assert _line(thing=set)["thing"] == "<class 'set'>"


def test_a_trace_is_kept_on_the_one_line() -> None:
    try:
        raise RuntimeError("why")
    except RuntimeError:
        line = _line(exc_info=sys.exc_info())
    assert "RuntimeError: why" in str(line["trace"])


def test_the_whole_process_logs_json_on_standard_output() -> None:
    program = "import logging; from contract import log; log.set_up('loud'); logging.info('hello')"
    program += "; logging.getLogger('loud').info('hidden')"
    root = Path(__file__).parents[3]
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True
    )
    assert json.loads(run.stdout)["msg"] == "hello"
    assert run.stderr == ""
