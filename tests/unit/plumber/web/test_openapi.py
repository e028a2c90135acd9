import json
import re
from pathlib import Path

import pytest

from contract.answer import DECISION, EXISTS, LIVEZ, METRICS, OPENAPI, READYZ, Decision, Field
from plumber.answer import Cause
from plumber.web import openapi

ROOT = Path(__file__).parents[4]
KEYS = {value for name, value in vars(Field).items() if name.isupper()}


def test_the_page_that_people_read_is_the_document_that_is_served() -> None:
    assert (ROOT / "docs" / "openapi.json").read_text() == openapi.text()
    assert json.loads(openapi.text()) == openapi.DOCUMENT


def test_every_field_and_every_word_of_an_answer_is_described() -> None:
    answer = openapi.DOCUMENT["components"]["schemas"]["Answer"]
    assert set(answer["properties"]) == set(answer["required"]) == KEYS
    assert set(answer["properties"][Field.DECISION]["enum"]) == {d.value for d in Decision}
    for cause in Cause:
        assert cause.value in openapi.DOCUMENT["info"]["description"]


def test_every_path_is_described() -> None:
    described = {path.split("/{")[0] for path in openapi.DOCUMENT["paths"]}
    assert described == {DECISION, EXISTS, LIVEZ, READYZ, METRICS, OPENAPI}


@pytest.mark.parametrize("time", ["0000-01-01T00:00:00Z", "2016-12-31T23:59:60Z"])
def test_a_time_that_is_refused_is_not_documented_as_valid(time: str) -> None:
    assert re.fullmatch(openapi.TIME, "2016-12-31T23:59:59Z")
    assert not re.fullmatch(openapi.TIME, time)
