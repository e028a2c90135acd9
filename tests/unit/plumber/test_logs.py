import json
import logging
import subprocess
import sys
from pathlib import Path

from plumber.logs import JsonFormatter


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
    assert (line["level"], line["msg"], line["pvc"]) == ("INFO", "a b", "data")
    assert str(line["time"]).endswith("Z")


def test_a_fact_that_is_not_json_is_still_logged() -> None:
    assert _line(thing=set)["thing"] == "<class 'set'>"


def test_a_trace_is_kept_on_the_one_line() -> None:
    try:
        raise RuntimeError("why")
    except RuntimeError:
        line = _line(exc_info=sys.exc_info())
    assert "RuntimeError: why" in str(line["trace"])


def test_the_whole_process_logs_json_on_standard_output() -> None:
    program = "import logging; from plumber import logs; logs.set_up(); logging.info('hello')"
    root = Path(__file__).parents[3]
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True
    )
    assert json.loads(run.stdout)["msg"] == "hello"
    assert run.stderr == ""
