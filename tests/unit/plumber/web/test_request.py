from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from contract.names import Claim
from plumber.web.request import MalformedRequest, question


def request(rest: str, query: str = "", raw: bytes | None = None) -> Request:
    scope = {
        "type": "http",
        "method": "GET",
        "path_params": {"rest": rest},
        "raw_path": b"/exists/" + rest.encode() if raw is None else raw,
        "query_string": query.encode(),
        "headers": [],
    }
    return Request(scope)


def test_a_claim_and_a_time_are_read() -> None:
    asked = question(request("media/my.data", "asOf=2026-05-01T12:00:00Z"), 7.0)
    assert asked.claim == Claim("media", "my.data")
    assert asked.arrived == 7.0
    assert asked.as_of == datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "rest",
    [
        "",
        "media",
        "media/",
        "/data",
        "media/data/",
        "a/b/c",
        "media/..",
        "media/-data",
        "media/data-",
        "Media/data",
        "media/da_ta",
        "media/da ta",
        "media/d\u00e4ta",
        "media/data\n",
        "a.b/data",
        "m" * 64 + "/data",
        "media/" + "d" * 254,
    ],
)
def test_a_name_that_kubernetes_would_refuse_is_refused(rest: str) -> None:
    with pytest.raises(MalformedRequest):
        question(request(rest), 0.0)


def test_an_encoded_slash_does_not_move_the_boundary() -> None:
    with pytest.raises(MalformedRequest, match="encoded"):
        question(request("media/data", raw=b"/exists/media%2Fdata"), 0.0)


@pytest.mark.parametrize(
    "query",
    [
        "asOf=",
        "asOf=yesterday",
        "asOf=2026-05-01",
        "asOf=2026-05-01T12:00:00%2B00:00",
        "asOf=2026-05-01T25:00:00Z",
        "asOf=2026-05-01T12:00:00Z&asOf=2026-05-01T12:00:00Z",
    ],
)
def test_a_time_that_is_not_exactly_one_utc_time_is_refused(query: str) -> None:
    with pytest.raises(MalformedRequest, match="asOf"):
        question(request("media/data", query), 0.0)


def test_the_snapshot_that_is_left_behind_is_read() -> None:
    asked = question(request("media/data", f"startEmpty={'a' * 32}&other=1"), 0.0)
    assert asked.start_empty == "a" * 32


@pytest.mark.parametrize(
    "query",
    [
        "startEmpty=",
        "startEmpty=all",
        f"startEmpty={'A' * 32}",
        f"startEmpty={'a' * 32}&startEmpty={'a' * 32}",
    ],
)
def test_anything_but_one_id_to_leave_behind_is_refused(query: str) -> None:
    with pytest.raises(MalformedRequest, match="startEmpty"):
        question(request("media/data", query), 0.0)


@given(st.text(max_size=40))
def test_a_refusal_never_echoes_the_request(text: str) -> None:
    sign = "\u2603"
    with pytest.raises(MalformedRequest) as caught:
        question(request(f"media/{text}{sign}"), 0.0)
    assert sign not in str(caught.value)
