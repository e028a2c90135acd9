import logging
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from contract.answer import METRICS, Field, decision_path
from contract.names import Claim, identity
from plumber.knowledge import Knowledge, Mark
from plumber.web import app
from tests.unit.plumber.worlds import NOON, Make, learnt

PATH = decision_path(Claim("media", "data"))


def test_a_restore_is_answered_from_memory_at_once(
    client: TestClient, catalog: Any, snapshot: Make
) -> None:
    catalog.known = learnt(snapshot(), began=0.0)
    answer = client.get(PATH)
    assert (answer.status_code, answer.json()[Field.DECISION]) == (200, "restore")
    assert answer.json()[Field.SNAPSHOT] == "a" * 32
    assert catalog.listings == 0


def test_a_restore_knows_the_backup_that_ended_just_before_the_request(
    client: TestClient, catalog: Any, snapshot: Make
) -> None:
    newer = snapshot(id="b" * 32, start=NOON + timedelta(hours=1), end=NOON + timedelta(hours=1))
    marks = {newer.identity: Mark(newer.start, newer.id)}
    catalog.known = learnt(snapshot(), began=0.0, marks=marks)
    catalog.after = lambda: learnt(snapshot(), newer, began=100.0)
    assert client.get(PATH).json()[Field.SNAPSHOT] == "b" * 32


def test_a_known_backup_that_storage_shows_late_is_looked_for_again(
    client: TestClient, catalog: Any, snapshot: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "SECOND_LOOK", 0.01)
    newer = snapshot(id="b" * 32, start=NOON + timedelta(hours=1), end=NOON + timedelta(hours=1))
    marks = {newer.identity: Mark(newer.start, newer.id)}
    catalog.known = learnt(snapshot(), marks=marks)

    def after() -> Knowledge:
        shown = (snapshot(), newer) if catalog.listings == 3 else (snapshot(),)
        return learnt(*shown, began=100.0, marks=marks)

    catalog.after = after
    assert client.get(PATH).json()[Field.SNAPSHOT] == "b" * 32


def test_a_known_backup_that_never_shows_is_unknown_at_the_deadline(
    client: TestClient, catalog: Any, snapshot: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "DEADLINE", 0.05)
    marks = {snapshot().identity: Mark(NOON + timedelta(hours=1), "b" * 32)}
    catalog.known = learnt(snapshot(), marks=marks)
    catalog.after = lambda: learnt(snapshot(), began=100.0, marks=marks)
    answer = client.get(PATH)
    assert answer.status_code == 503
    assert "b" * 32 in answer.json()[Field.REASON]


def test_without_news_of_backups_a_restore_looks_first(
    client: TestClient, catalog: Any, snapshot: Make
) -> None:
    newer = snapshot(id="b" * 32, start=NOON + timedelta(hours=1), end=NOON + timedelta(hours=1))
    catalog.known = learnt(snapshot(), is_told=False)
    catalog.after = lambda: learnt(snapshot(), newer, began=100.0, is_told=False)
    assert client.get(PATH).json()[Field.SNAPSHOT] == "b" * 32


def test_without_news_and_with_dead_storage_a_restore_comes_from_memory(
    client: TestClient, catalog: Any, snapshot: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "RESTORE_PATIENCE", 0.05)
    catalog.known = learnt(snapshot(), is_told=False)
    assert client.get(PATH).json()[Field.SNAPSHOT] == "a" * 32


def test_whoever_names_the_newest_backup_starts_empty_after_a_new_look(
    client: TestClient, catalog: Any, snapshot: Make
) -> None:
    catalog.known = learnt(snapshot())
    catalog.after = lambda: learnt(snapshot(), began=100.0)
    answer = client.get(f"{PATH}?startEmpty={'a' * 32}").json()
    assert (answer[Field.DECISION], catalog.listings) == ("fresh", 1)
    assert client.get(f"{PATH}?startEmpty={'b' * 32}").json()[Field.DECISION] == "restore"


def test_a_fresh_answer_waits_for_a_listing_begun_after_the_request(
    client: TestClient, catalog: Any
) -> None:
    catalog.known = learnt(began=99.9)
    catalog.after = lambda: learnt(began=100.0)
    answer = client.get(PATH)
    assert (answer.status_code, answer.json()[Field.DECISION]) == (200, "fresh")
    assert catalog.listings == 1


def test_a_backup_that_finished_meanwhile_is_found(
    client: TestClient, catalog: Any, snapshot: Make
) -> None:
    catalog.known = learnt()
    catalog.after = lambda: learnt(snapshot(), began=100.0)
    assert client.get(PATH).json()[Field.DECISION] == "restore"


def test_a_failed_listing_is_a_503_with_its_reason(client: TestClient, catalog: Any) -> None:
    catalog.known = learnt()
    catalog.after = lambda: replace(catalog.known, trouble="wrong repository password")
    answer = client.get(PATH)
    assert answer.status_code == 503
    assert answer.json()[Field.DECISION] == "unknown"
    assert answer.json()[Field.REASON] == "wrong repository password"
    assert answer.json()[Field.AUTHORITATIVE] is False


def test_a_listing_that_never_ends_is_unknown_at_the_deadline(
    client: TestClient, catalog: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "DEADLINE", 0.05)
    catalog.known = learnt()
    began = time.monotonic()
    answer = client.get(PATH)
    assert (answer.status_code, answer.json()[Field.DECISION]) == (503, "unknown")
    assert time.monotonic() - began < 5


def test_as_of_reaches_the_decision(client: TestClient, catalog: Any, snapshot: Make) -> None:
    catalog.known = learnt(snapshot())
    assert client.get(f"{PATH}?asOf=2026-05-01T12:00:00Z").status_code == 200
    catalog.after = lambda: learnt(snapshot(), began=100.0)
    answer = client.get(f"{PATH}?asOf=2026-05-01T11:59:59Z")
    assert answer.status_code == 503
    assert "2026-05-01T12:00:00Z" in answer.json()[Field.REASON]


@pytest.mark.parametrize(
    ("decision", "exists", "status"),
    [("restore", True, 200), ("fresh", False, 200), ("unknown", False, 503)],
)
def test_exists_answers_as_the_origin_did(
    client: TestClient, catalog: Any, snapshot: Make, decision: str, exists: bool, status: int
) -> None:
    knowledge = {
        "restore": learnt(snapshot(), began=100.0),
        "fresh": learnt(began=100.0),
        "unknown": Knowledge(),
    }
    catalog.after = lambda: knowledge[decision]
    answer = client.get("/exists/media/data")
    assert answer.status_code == status
    assert answer.json()[Field.EXISTS] is exists
    assert answer.json()[Field.DECISION] == decision


def test_a_name_that_cannot_be_restored_is_still_answered(
    client: TestClient, catalog: Any, snapshot: Make
) -> None:
    claim = Claim("media", "d" * 64)
    catalog.known = learnt(snapshot(identity(claim)))
    assert client.get(decision_path(claim)).json()[Field.DECISION] == "restore"


def test_decisions_are_counted_by_outcome_and_cause(
    client: TestClient, catalog: Any, snapshot: Make
) -> None:
    catalog.known = learnt(snapshot())
    client.get(PATH)
    client.get("/exists/x/Y")
    text = client.get(METRICS).text
    assert 'pvc_plumber_decisions_total{decision="restore",reason="backup"} 1.0' in text
    assert 'pvc_plumber_decisions_total{decision="unknown",reason="request"} 1.0' in text
    assert "pvc_plumber_knowledge_age_seconds 10.0" in text
    assert "pvc_plumber_ready 1.0" in text
    assert "pvc_plumber_waiting_requests 0.0" in text


def test_each_decision_is_logged(
    client: TestClient, catalog: Any, snapshot: Make, caplog: pytest.LogCaptureFixture
) -> None:
    catalog.known = learnt(snapshot())
    with caplog.at_level(logging.INFO):
        client.get(PATH)
    (record,) = [r for r in caplog.records if r.getMessage() == "answered"]
    assert (vars(record)["answer"][Field.PVC], vars(record)["cause"]) == ("data", "backup")
