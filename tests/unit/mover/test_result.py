import json
from dataclasses import asdict, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.builders import PROVEN
from mover.result import LIMIT, Result, decode, encode

RESULTS = st.builds(
    Result,
    verified=st.booleans(),
    reason=st.text(max_size=50),
    snapshot=st.text(max_size=40),
    files=st.integers(0, 2**60),
)


@given(result=RESULTS)
def test_a_result_arrives_as_it_was_sent(result: Result) -> None:
    assert decode(encode(result)) == result


@given(reason=st.text(min_size=2000, max_size=9000, alphabet="ab\u00e9\n\u6587"))
def test_a_long_reason_is_cut_to_what_kubernetes_keeps(reason: str) -> None:
    sent = encode(Result(reason=reason, note="x" * 9000, snapshot="1" * 32, repository="2" * 64))
    assert len(sent.encode()) <= LIMIT
    assert decode(sent)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "{}",
        "[]",
        "verified",
        '{"verified": true}',
        encode(PROVEN)[:-1],
        json.dumps({**asdict(PROVEN), "verified": "true"}),
        json.dumps({**asdict(PROVEN), "files": True}),
        json.dumps({**asdict(PROVEN), "more": 1}),
    ],
)
def test_anything_else_is_no_result(text: str | None) -> None:
    assert decode(text) is None


def test_the_line_for_people_says_what_was_done() -> None:
    assert PROVEN.text("source").startswith(f"Backed up snapshot {PROVEN.snapshot}: 3 files")
    assert "Restored" in replace(PROVEN, note="owners lost").text("destination")
    assert replace(PROVEN, note="owners lost").text("destination").endswith("owners lost")
    assert Result(reason="no").text("source") == "no"
