import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from contract import answer as words
from contract.answer import Field, decision_path
from contract.names import Claim, identity
from kopia.snapshots import Snapshot
from plumber import app
from plumber.app import create_app
from plumber.knowledge import Knowledge, Moment, learn, listing_of
from plumber.metrics import Metrics

Make = Callable[..., Snapshot]
HERE = "a" * 64
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
NOW = Moment(monotonic=100.0, wall=NOON + timedelta(hours=6))
PATH = decision_path(Claim("media", "data"))
KEYS = {value for name, value in vars(Field).items() if name.isupper()}


def known(*snapshots: Snapshot, began: float = 90.0) -> Knowledge:
    return learn(Knowledge(), listing_of(snapshots, repository=HERE, began=began))


@pytest.fixture
def client(catalog: Any) -> Iterator[TestClient]:
    service = create_app(catalog, Metrics(), ready_age=60.0, now=lambda: NOW)
    with TestClient(service, raise_server_exceptions=False) as client:
        yield client


def test_a_restore_is_answered_from_memory_where_the_repository_is_slow(
    client: TestClient, catalog: Any, snapshot: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "RESTORE_PATIENCE", 0.05)
    catalog.known = known(snapshot(), began=0.0)
    answer = client.get(PATH)
    assert answer.status_code == 200
    assert answer.json()[Field.DECISION] == "restore"
    assert answer.json()[Field.SNAPSHOT] == "a" * 32


def test_a_restore_knows_the_backup_that_ended_just_before_the_request(
    client: TestClient, catalog: Any, snapshot: Make
) -> None:
    newer = snapshot(id="b" * 32, start=NOON + timedelta(hours=1), end=NOON + timedelta(hours=1))
    catalog.known = known(snapshot(), began=0.0)
    catalog.after = lambda: known(snapshot(), newer, began=100.0)
    assert client.get(PATH).json()[Field.SNAPSHOT] == "b" * 32


def test_a_restore_survives_a_repository_that_has_gone_away(
    client: TestClient, catalog: Any, snapshot: Make
) -> None:
    catalog.known = known(snapshot(), began=0.0)
    catalog.after = lambda: replace(catalog.known, trouble="the storage is gone")
    assert client.get(PATH).json()[Field.DECISION] == "restore"


def test_a_fresh_answer_waits_for_a_listing_begun_after_the_request(
    client: TestClient, catalog: Any
) -> None:
    catalog.known = known(began=99.9)
    catalog.after = lambda: known(began=100.0)
    answer = client.get(PATH)
    assert (answer.status_code, answer.json()[Field.DECISION]) == (200, "fresh")
    assert catalog.listings == 1


def test_a_backup_that_finished_meanwhile_is_found(
    client: TestClient, catalog: Any, snapshot: Make
) -> None:
    catalog.known = known()
    catalog.after = lambda: known(snapshot(), began=100.0)
    assert client.get(PATH).json()[Field.DECISION] == "restore"


def test_a_failed_listing_is_a_503_with_its_reason(client: TestClient, catalog: Any) -> None:
    catalog.known = known()
    catalog.after = lambda: replace(catalog.known, trouble="wrong repository password")
    answer = client.get(PATH)
    assert answer.status_code == 503
    assert answer.json()[Field.DECISION] == "unknown"
    assert answer.json()[Field.REASON] == "wrong repository password"
    assert answer.json()[Field.AUTHORITATIVE] is False


def test_a_listing_that_never_ends_is_unknown_at_the_deadline(
    client: TestClient, catalog: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "DEADLINE", 0.05)
    catalog.known = known()
    began = time.monotonic()
    answer = client.get(PATH)
    assert (answer.status_code, answer.json()[Field.DECISION]) == (503, "unknown")
    assert time.monotonic() - began < 5


def test_as_of_reaches_the_decision(client: TestClient, catalog: Any, snapshot: Make) -> None:
    catalog.known = known(snapshot())
    assert client.get(f"{PATH}?asOf=2026-05-01T12:00:00Z").status_code == 200
    catalog.after = lambda: known(snapshot(), began=100.0)
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
    found = {
        "restore": known(snapshot(), began=100.0),
        "fresh": known(began=100.0),
        "unknown": Knowledge(),
    }
    catalog.after = lambda: found[decision]
    answer = client.get("/exists/media/data")
    assert answer.status_code == status
    assert answer.json()[Field.EXISTS] is exists
    assert answer.json()[Field.DECISION] == decision


def test_a_name_that_cannot_be_restored_is_still_answered(
    client: TestClient, catalog: Any, snapshot: Make
) -> None:
    claim = Claim("media", "d" * 64)
    catalog.known = known(snapshot(identity(claim)))
    assert client.get(decision_path(claim)).json()[Field.DECISION] == "restore"


@pytest.mark.parametrize(
    "path",
    [
        "/exists/media/Data",
        "/exists/media",
        "/exists/a/b/c",
        "/exists/a%2Fb",
        "/v1/decision/a/b%00",
    ],
)
def test_a_malformed_name_is_a_400_with_all_keys(
    client: TestClient, catalog: Any, path: str
) -> None:
    answer = client.get(path)
    assert answer.status_code == 400
    assert set(answer.json()) == KEYS
    assert answer.json()[Field.DECISION] == "unknown"
    assert catalog.listings == 0


@pytest.mark.parametrize("path", ["/", "/exists", "/v1/decision", "/readyz/", "/nope<script>"])
def test_an_unknown_path_is_a_404_in_json(client: TestClient, path: str) -> None:
    answer = client.get(path, follow_redirects=False)
    assert answer.status_code == 404
    assert set(answer.json()) == KEYS
    assert "script" not in answer.text


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_other_methods_are_refused_in_json(client: TestClient, method: str) -> None:
    answer = client.request(method, PATH)
    assert answer.status_code == 405
    assert answer.json()[Field.DECISION] == "unknown"


def test_an_internal_error_is_unknown(client: TestClient, catalog: Any) -> None:
    def broken() -> Knowledge:
        raise RuntimeError("secret detail")

    catalog.after = broken
    answer = client.get(PATH)
    assert answer.status_code == 500
    assert answer.json()[Field.DECISION] == "unknown"
    assert "secret" not in answer.text


def test_readiness_tells_why_not(client: TestClient, catalog: Any) -> None:
    catalog.known = Knowledge(trouble="no repository is pinned yet")
    answer = client.get(words.READYZ)
    assert answer.status_code == 503
    assert answer.json()["reason"] == "no repository is pinned yet"
    assert client.get(words.LIVEZ).status_code == 200


def test_readiness_comes_and_goes_with_the_knowledge(client: TestClient, catalog: Any) -> None:
    catalog.known = known(began=40.0)
    assert client.get(words.READYZ).json() == {"status": "ok", "age": 60.0}
    catalog.known = known(began=39.9)
    assert client.get(words.READYZ).status_code == 503


def test_knowledge_of_another_repository_is_not_ready(client: TestClient, catalog: Any) -> None:
    catalog.known = replace(known(), pinned="b" * 64)
    assert client.get(words.READYZ).status_code == 503


def test_probes_never_ask_for_a_listing(client: TestClient, catalog: Any) -> None:
    for path in (words.READYZ, words.LIVEZ, words.METRICS):
        client.get(path)
    assert catalog.listings == 0


def test_decisions_are_counted_by_outcome_and_cause(
    client: TestClient, catalog: Any, snapshot: Make
) -> None:
    catalog.known = known(snapshot())
    client.get(PATH)
    client.get("/exists/x/Y")
    text = client.get(words.METRICS).text
    assert 'pvc_plumber_decisions_total{decision="restore",reason="backup"} 1.0' in text
    assert 'pvc_plumber_decisions_total{decision="unknown",reason="request"} 1.0' in text
    assert "pvc_plumber_knowledge_age_seconds 10.0" in text
    assert "pvc_plumber_ready 1.0" in text


def test_each_decision_is_logged(
    client: TestClient, catalog: Any, snapshot: Make, caplog: pytest.LogCaptureFixture
) -> None:
    catalog.known = known(snapshot())
    with caplog.at_level(logging.INFO):
        client.get(PATH)
    (record,) = [r for r in caplog.records if r.getMessage() == "answered"]
    assert (vars(record)["pvc"], vars(record)["cause"]) == ("data", "backup")
