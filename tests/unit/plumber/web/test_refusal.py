from typing import Any

import pytest
from starlette.testclient import TestClient

from contract.answer import Field, decision_path
from contract.names import Claim
from plumber.knowledge import Knowledge

PATH = decision_path(Claim("media", "data"))
KEYS = {value for name, value in vars(Field).items() if name.isupper()}


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
