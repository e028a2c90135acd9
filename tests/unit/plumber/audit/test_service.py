from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from contract.answer import LIVEZ, READYZ
from contract.audit import AUDIT, Key, Reason, audit_path
from fakes.audit_scene import every_verdict
from plumber.audit.report import Report
from tests.unit.plumber.audit.conftest import client_of

HOSTILE = "<img src=x onerror=alert(1)>"


def test_every_pvc_is_listed_with_all_that_is_known(client: TestClient) -> None:
    body = client.get(AUDIT).json()
    assert {pvc[Key.REASON] for pvc in body["pvcs"]} == set(Reason) - {Reason.REPOSITORY}
    assert sum(body["counts"].values()) == len(body["pvcs"])
    assert body["repositoryAge"] == 7


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ("verdict=broken", lambda one: one[Key.VERDICT] == "broken"),
        ("reason=no-label", lambda one: one[Key.PVC] == "forgotten"),
        ("namespace=kube-system", lambda one: one[Key.PVC] == "etcd"),
        ("q=PHOTO", lambda one: one[Key.PVC] == "photos"),
        ("q=media/ph", lambda one: one[Key.PVC] == "photos"),
        ("verdict=broken&q=stale", lambda one: one[Key.PVC] == "stale"),
    ],
)
def test_filters_hold_all_together_and_leave_the_counts(
    client: TestClient, query: str, fits: Callable[[dict[str, Any]], bool]
) -> None:
    every, body = client.get(AUDIT).json(), client.get(f"{AUDIT}?{query}").json()
    assert body["pvcs"] == [one for one in every["pvcs"] if fits(one)] != []
    assert body["counts"] == every["counts"]


@pytest.mark.parametrize(
    "query",
    [
        "verdict=good",
        "reason=x",
        "sort=colour",
        "page=0",
        "page=-1",
        "page=1e3",
        "format=xml",
        "namespace=A_B",
        "q=" + "x" * 300,
        "q=a&q=b",
        f"verdct={HOSTILE}",
    ],
)
@pytest.mark.parametrize("path", [AUDIT, "/"])
def test_a_wrong_question_is_refused_with_words_and_without_its_own(
    client: TestClient, path: str, query: str
) -> None:
    answer = client.get(f"{path}?{query}")
    assert answer.status_code == 400
    assert HOSTILE not in answer.text
    assert "one of" in answer.text or "must" in answer.text or "parameter" in answer.text


def test_csv_holds_the_same_pvcs(client: TestClient) -> None:
    answer = client.get(f"{AUDIT}?format=csv&verdict=broken")
    assert answer.headers["content-type"].startswith("text/csv")
    lines = answer.text.splitlines()
    assert len(lines) == 1 + client.get(AUDIT).json()["counts"]["broken"]


def test_one_pvc_comes_with_its_history_and_a_stranger_with_404(client: TestClient) -> None:
    claim = every_verdict()[1][Reason.BACKED_UP]
    body = client.get(audit_path(claim)).json()
    assert body["pvc"][Key.VERDICT] == "protected"
    assert body["rebuild"] == body["history"][0][Key.SNAPSHOT]
    assert client.get(f"{AUDIT}/media/nobody").status_code == 404
    assert client.get(f"{AUDIT}/media/a%2Fb").status_code == 400
    assert client.get(f"/pvc/media/{claim.name}").status_code == 200
    assert client.get("/pvc/media/nobody").status_code == 404


@pytest.mark.parametrize("path", ["/", AUDIT, "/static/style.css", "/nowhere", "/?page=x"])
def test_a_browser_loads_nothing_from_elsewhere_and_keeps_nothing(
    client: TestClient, path: str
) -> None:
    headers = client.get(path).headers
    assert headers["content-security-policy"].startswith("default-src 'none';")
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/", AUDIT, READYZ, "/pvc/media/photos", f"{AUDIT}/m/p"])
def test_while_the_cluster_is_unknown_it_says_so(blind: TestClient, path: str) -> None:
    answer = blind.get(path)
    assert answer.status_code == 503
    assert "no access" in answer.text
    assert blind.get(LIVEZ).status_code == 200


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_it_takes_no_orders(client: TestClient, method: str) -> None:
    assert getattr(client, method)(AUDIT).status_code == 405


def test_a_fault_of_ours_is_told_without_its_details() -> None:
    def fails() -> Report:
        raise RuntimeError("secret detail")

    answer = client_of(fails).get("/")
    assert answer.status_code == 500
    assert "secret detail" not in answer.text
