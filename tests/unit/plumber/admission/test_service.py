"""The webhook over HTTP: what the API server gets for what it sends."""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from contract import labels
from contract.admission import PATH
from plumber.admission import service
from plumber.metrics import Metrics
from plumber.web import app
from plumber.web.app import Service
from tests.unit.plumber.admission.reviews import OURS, review
from tests.unit.plumber.conftest import NOW, SNAPSHOT
from tests.unit.plumber.worlds import learnt


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def webhook(catalog: Any, metrics: Metrics) -> Iterator[TestClient]:
    answers = Service(catalog, metrics, ready_age=60.0, now=lambda: NOW)
    with TestClient(service.create_app(answers.answer, metrics)) as client:
        yield client


def test_a_pvc_that_restores_is_admitted_and_one_that_does_not_is_denied(
    webhook: TestClient, catalog: Any, metrics: Metrics
) -> None:
    catalog.known = learnt(SNAPSHOT)
    marks = {labels.DECISION: "restore", labels.RESTORE_FROM: SNAPSHOT.id}
    response = webhook.post(PATH, json=review("CREATE", marks, dataSourceRef=OURS)).json()
    assert response == {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "response": {"uid": "705ab4f5", "allowed": True},
    }
    denied = webhook.post(PATH, json=review("CREATE", marks)).json()["response"]
    assert (denied["allowed"], denied["status"]["code"]) == (False, 403)
    assert "would not restore it" in denied["status"]["message"]
    counted = metrics.text().decode()
    assert 'pvc_plumber_admissions_total{reason="backup",verdict="admitted"} 1.0' in counted
    assert 'pvc_plumber_admissions_total{reason="backup",verdict="denied"} 1.0' in counted


def test_without_knowledge_everything_is_denied(
    webhook: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "DEADLINE", 0.05)
    denied = webhook.post(PATH, json=review("CREATE", {labels.DECISION: "fresh"})).json()
    assert denied["response"]["allowed"] is False
    assert "unknown" in denied["response"]["status"]["message"]


def test_a_time_that_nobody_can_read_is_denied_in_words(webhook: TestClient, catalog: Any) -> None:
    catalog.known = learnt(SNAPSHOT)
    denied = webhook.post(PATH, json=review("CREATE", {labels.RESTORE_AS_OF: "noon"})).json()
    assert "must be a time in UTC" in denied["response"]["status"]["message"]


def _without_name() -> dict[str, Any]:
    nameless = review()
    nameless["request"]["name"] = nameless["request"]["object"]["metadata"]["name"] = ""
    return nameless


@pytest.mark.parametrize("body", [{}, [], {"request": {}}, _without_name()], ids=str)
def test_what_is_no_review_is_an_error_which_denies(webhook: TestClient, body: Any) -> None:
    assert webhook.post(PATH, json=body).status_code == 400


def test_a_body_without_end_is_refused(webhook: TestClient, monkeypatch) -> None:
    monkeypatch.setattr(service, "BODY_LIMIT", 100)
    assert webhook.post(PATH, json=review()).status_code == 400


def test_nothing_else_is_served(webhook: TestClient) -> None:
    assert webhook.get(PATH).status_code == 405
    assert webhook.get("/metrics").status_code == 404
