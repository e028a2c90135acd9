import json
import logging
import sys

import pytest

from mover import model
from mover.controller.workqueue import Key
from mover.log import JsonLines


def test_a_record_is_one_line_of_json() -> None:
    record = logging.LogRecord("mover", logging.INFO, "x", 1, "created %s\nJob", ("a",), None)
    line = JsonLines().format(record)
    assert "\n" not in line
    found = json.loads(line)
    assert (found["level"], found["msg"]) == ("info", "created a\nJob")


def test_an_exception_keeps_its_traceback() -> None:
    try:
        raise ValueError("broken")
    except ValueError:
        record = logging.LogRecord("m", logging.ERROR, "x", 1, "no", (), sys.exc_info())
    assert "ValueError: broken" in json.loads(JsonLines().format(record))["error"]


def test_the_object_that_a_line_is_about_can_be_searched_for(
    caplog: pytest.LogCaptureFixture,
) -> None:
    key = Key(model.REPLICATION_SOURCE, "media", "photos-backup")
    with caplog.at_level(logging.INFO):
        logging.getLogger("mover.test").info("created", extra=key.about)
    found = json.loads(JsonLines().format(caplog.records[0]))
    assert (found["kind"], found["namespace"]) == (model.REPLICATION_SOURCE, "media")
    assert (found["name"], found["msg"]) == ("photos-backup", "created")
