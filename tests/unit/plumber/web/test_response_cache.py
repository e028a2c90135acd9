import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from contract.answer import METRICS, Field, decision_path
from contract.names import Claim
from plumber.knowledge import Knowledge, Mark
from tests.unit.plumber.worlds import NOON, Make, learnt

PATH = decision_path(Claim("media", "data"))
NEWER = "b" * 32


def test_a_repeated_answer_is_the_same_but_for_its_growing_age(
    client: TestClient, catalog: Any, snapshot: Make
) -> None:
    catalog.known = learnt(snapshot(), began=90.0)
    answers = [client.get(PATH) for _ in range(3)]
    assert {answer.text for answer in answers[1:]} == {answers[1].text}
    assert [answer.json() for answer in answers] == [answers[0].json()] * 3
    assert answers[2].headers["content-type"] == "application/json"
    assert answers[2].json()[Field.AGE] == 10.0


def test_repeats_are_counted_and_logged_once_for_each_knowledge(
    client: TestClient, catalog: Any, snapshot: Make, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        for _ in range(2):
            catalog.known = learnt(snapshot())
            for _ in range(3):
                client.get(PATH)
    assert len([r for r in caplog.records if r.getMessage() == "answered"]) == 2
    text = client.get(METRICS).text
    assert 'pvc_plumber_decisions_total{decision="restore",reason="backup"} 6.0' in text


@pytest.mark.parametrize(
    ("changed", "decision"),
    [
        ("listing", "restore"),
        ("repository", "unknown"),
        ("mark", "restore"),
        ("news", "restore"),
    ],
)
def test_nothing_is_repeated_once_anything_has_changed(
    client: TestClient, catalog: Any, snapshot: Make, changed: str, decision: str
) -> None:
    newer = snapshot(id=NEWER, start=NOON + timedelta(hours=1), end=NOON + timedelta(hours=1))
    catalog.known = first = learnt(snapshot())
    assert [client.get(PATH).json()[Field.SNAPSHOT] for _ in range(2)] == ["a" * 32] * 2
    marks = {newer.identity: Mark(newer.start, newer.id)}
    became: dict[str, Knowledge] = {
        "listing": learnt(newer),
        "repository": replace(first, pinned="b" * 64),
        "mark": replace(first, memory=replace(first.memory, marks=marks)),
        "news": replace(first, memory=replace(first.memory, is_told=False)),
    }
    catalog.known = became[changed]
    listed = learnt(newer) if decision == "restore" else became[changed]
    catalog.after = lambda: listed
    answer = client.get(PATH).json()
    assert (answer[Field.DECISION], answer[Field.SNAPSHOT] == NEWER) == (
        decision,
        decision == "restore",
    )


def test_an_answer_that_had_to_be_waited_for_is_not_repeated(
    client: TestClient, catalog: Any
) -> None:
    catalog.known = learnt()
    catalog.after = lambda: learnt(began=100.0)
    assert [client.get(PATH).json()[Field.DECISION] for _ in range(3)] == ["fresh"] * 3
    assert catalog.listings == 3


def test_parameters_a_body_and_other_methods_are_judged_anew(
    client: TestClient, catalog: Any, snapshot: Make
) -> None:
    catalog.known = learnt(snapshot())
    catalog.after = lambda: learnt(snapshot(), began=100.0)
    assert client.get(PATH).json()[Field.DECISION] == "restore"
    assert client.get(f"{PATH}?startEmpty={'a' * 32}").json()[Field.DECISION] == "fresh"
    assert client.get(PATH).json()[Field.DECISION] == "restore"
    assert client.get(f"{PATH}?asOf=nonsense").status_code == 400
    assert client.request("GET", PATH, content=b"x").status_code == 400
    assert client.post(PATH).status_code == 405
    assert client.get(PATH + "/").status_code == 400
