from dataclasses import replace
from typing import Any

from starlette.testclient import TestClient

from contract.answer import LIVEZ, METRICS, READYZ
from plumber.knowledge import NEVER, Knowledge
from tests.unit.plumber.worlds import learnt


def test_readiness_tells_why_not(client: TestClient, catalog: Any) -> None:
    catalog.known = Knowledge(trouble="no repository is pinned yet")
    answer = client.get(READYZ)
    assert answer.status_code == 503
    assert answer.json()["reason"] == "no repository is pinned yet"
    assert client.get(LIVEZ).status_code == 200


def test_readiness_comes_and_goes_with_the_knowledge(client: TestClient, catalog: Any) -> None:
    catalog.known = learnt(began=40.0)
    assert client.get(READYZ).json() == {"status": "ok", "age": 60.0}
    catalog.known = learnt(began=39.9)
    assert client.get(READYZ).status_code == 503


def test_knowledge_of_another_repository_is_not_ready(client: TestClient, catalog: Any) -> None:
    catalog.known = replace(learnt(), pinned="b" * 64)
    assert client.get(READYZ).status_code == 503


def test_without_the_ledger_it_is_not_ready_and_says_so(client: TestClient, catalog: Any) -> None:
    catalog.known = learnt(read=NEVER, trouble="the ledger is gone")
    answer = client.get(READYZ)
    assert (answer.status_code, answer.json()["reason"]) == (503, "the ledger is gone")


def test_probes_never_ask_for_a_listing(client: TestClient, catalog: Any) -> None:
    for path in (READYZ, LIVEZ, METRICS):
        client.get(path)
    assert catalog.listings == 0
