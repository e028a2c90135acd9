import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.names import Identity
from kopia.command import Kopia, KopiaError
from kopia.snapshots import (
    PVC_UID,
    RESTORED_FROM,
    Snapshot,
    newest_complete,
    parse_listing,
)

Make = Callable[..., Kopia]
DATA = Identity("data-backup", "media")
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def element(**changes: Any) -> dict[str, Any]:
    summary = {"size": 30, "files": 3, "symlinks": 1, "dirs": 2, "numFailed": 0}
    return {
        "id": "349d0b2674f842a344a097a921e8f8c4",
        "source": {"host": "media", "userName": "data-backup", "path": "/data"},
        "description": "",
        "startTime": "2026-05-01T12:00:00.65872285Z",
        "endTime": "2026-05-01T12:00:01Z",
        "stats": {"totalSize": 30, "fileCount": 0, "errorCount": 0},
        "rootEntry": {"name": "data", "type": "d", "summ": summary},
    } | changes


def failed(count: int) -> dict[str, Any]:
    return element(rootEntry={"type": "d", "summ": {"numFailed": count}})


def snapshot(**changes: Any) -> Snapshot:
    plain: dict[str, Any] = {
        "id": "0" * 32,
        "identity": DATA,
        "start": NOON,
        "end": NOON,
        "incomplete": "",
        "files": 0,
        "dirs": 1,
        "bytes": 0,
        "errors": 0,
    }
    return Snapshot(**(plain | changes))


def test_a_list_of_kopia_is_read() -> None:
    (item,) = parse_listing(json.dumps([element()]))
    assert item.identity == DATA
    assert item.start == datetime(2026, 5, 1, 12, 0, 0, 658722, tzinfo=UTC)
    assert (item.files, item.dirs, item.bytes, item.errors) == (3, 2, 30, 0)
    assert (item.links, item.ignored, item.unread, item.tags) == (1, 0, (), frozenset())
    assert item.is_complete


def test_what_was_left_out_on_purpose_is_told_and_does_not_spoil_a_snapshot() -> None:
    summary = {
        "files": 1,
        "numFailed": 0,
        "numIgnoredErrors": 2,
        "errors": [{"path": "a/b", "error": "permission denied"}, {"path": "c", "error": "no"}],
    }
    root = {"type": "d", "summ": summary}
    tags = {"tag:kept": "true", f"tag:{PVC_UID}": "uid-1", f"tag:{RESTORED_FROM}": 7}
    (item,) = parse_listing(json.dumps([element(rootEntry=root, tags=tags)]))
    assert item.is_complete
    assert (item.ignored, item.unread) == (2, ("a/b", "c"))
    assert item.tags == {"kept", PVC_UID, RESTORED_FROM}
    assert (item.pvc_uid, item.restored_from) == ("uid-1", "")


@pytest.mark.parametrize(
    "changes",
    [
        {"incomplete": "checkpoint"},
        {"incomplete": "canceled"},
        {"rootEntry": None},
        {"rootEntry": {"type": "d", "summ": {"incomplete": "limit reached"}}},
        {"rootEntry": {"type": "d", "summ": {"numFailed": 1}}},
    ],
)
def test_a_half_snapshot_is_not_complete(changes: dict[str, Any]) -> None:
    (item,) = parse_listing(json.dumps([element(**changes)]))
    assert not item.is_complete


def test_a_single_file_as_root_counts_as_one_file() -> None:
    root = {"type": "f", "size": 5}
    (item,) = parse_listing(json.dumps([element(rootEntry=root)]))
    assert (item.files, item.bytes, item.is_complete) == (1, 5, True)


@pytest.mark.parametrize("text", ["[\n]", "[]"])
def test_an_empty_list_is_a_list(text: str) -> None:
    assert parse_listing(text) == ()


@pytest.mark.parametrize("text", ["", "null", "{}", '"x"', "[", "[1]", "[null]", "[[]]", "[]x"])
def test_garbage_is_never_an_empty_list(text: str) -> None:
    with pytest.raises(KopiaError):
        parse_listing(text)


@pytest.mark.parametrize("missing", ["id", "source", "startTime", "endTime", "rootEntry"])
def test_an_element_without_a_field_spoils_the_list(missing: str) -> None:
    broken = element()
    del broken[missing]
    with pytest.raises(KopiaError):
        parse_listing(json.dumps([element(), broken]))


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "../etc"},
        {"id": 5},
        {"id": "0" * 32 + "\n"},
        {"source": {"host": "media", "userName": 5, "path": "/data"}},
        {"startTime": "yesterday"},
        {"endTime": "2026-05-01T12:00:00+02:00"},
        {"incomplete": 5},
        {"rootEntry": {"summ": {"files": -1}}},
        {"rootEntry": {"summ": {"files": True}}},
        {"rootEntry": {"summ": {"size": "5"}}},
        {"rootEntry": {"summ": {"errors": [{"path": 5}]}}},
        {"rootEntry": {"summ": {"errors": 5}}},
        {"tags": 5},
    ],
)
def test_an_element_with_a_wrong_value_spoils_the_list(changes: dict[str, Any]) -> None:
    with pytest.raises(KopiaError):
        parse_listing(json.dumps([element(**changes)]))


def test_an_id_named_twice_spoils_the_list() -> None:
    with pytest.raises(KopiaError, match="twice"):
        parse_listing(json.dumps([element(), element()]))


@given(st.integers(min_value=1))
def test_a_list_cut_anywhere_is_a_failure(cut: int) -> None:
    text = json.dumps([element(), element(id="f" * 32)], indent=1)
    with pytest.raises(KopiaError):
        parse_listing(text[: cut % len(text)])


@given(st.text())
def test_no_text_at_all_breaks_the_parser(text: str) -> None:
    try:
        parse_listing(text)
    except KopiaError:
        assert text.strip() != "[]"


def test_the_newest_complete_snapshot_wins() -> None:
    older = snapshot(id="1" * 32, start=NOON - timedelta(hours=1))
    newest = snapshot(id="2" * 32)
    half = snapshot(id="3" * 32, start=NOON + timedelta(hours=1), incomplete="checkpoint")
    unread = snapshot(id="4" * 32, start=NOON + timedelta(hours=1), errors=1)
    assert newest_complete([newest, half, older, unread], DATA) == newest


@pytest.mark.parametrize(
    "other",
    [
        Identity("data-backup", "other"),
        Identity("data", "media"),
        Identity("data-backup", "media", "/"),
        Identity("data-backup", "media", "/data/x"),
    ],
)
def test_another_identity_is_never_taken(other: Identity) -> None:
    assert newest_complete([snapshot(identity=other)], DATA) is None


def test_as_of_takes_the_newest_not_after_it() -> None:
    hours = [snapshot(id=str(n) * 32, start=NOON + timedelta(hours=n)) for n in range(4)]
    assert newest_complete(hours, DATA, NOON + timedelta(hours=2)) == hours[2]
    assert newest_complete(hours, DATA, NOON + timedelta(hours=2, seconds=-1)) == hours[1]
    assert newest_complete(hours, DATA, NOON - timedelta(seconds=1)) is None


@given(st.lists(st.integers(-9, 9), min_size=1, max_size=9), st.integers(-9, 9))
def test_as_of_never_yields_a_later_snapshot(hours: list[int], as_of: int) -> None:
    snapshots = [
        snapshot(id=f"{n:032x}", start=NOON + timedelta(hours=h)) for n, h in enumerate(hours)
    ]
    newest = newest_complete(snapshots, DATA, NOON + timedelta(hours=as_of))
    expected = max((h for h in hours if h <= as_of), default=None)
    assert (newest and (newest.start - NOON) / timedelta(hours=1)) == expected


def test_one_that_was_made_beside_a_later_date_comes_after_it_all_the_same() -> None:
    ahead = snapshot(id="1" * 32, start=NOON + timedelta(days=40))
    text = "2026-06-10T12:00:00.000001Z"
    (made,) = parse_listing(json.dumps([element(tags={"tag:volsync-after": text})]))
    assert made.start < ahead.start < made.order
    assert newest_complete([ahead, made], DATA) == made
    assert newest_complete([ahead, made], DATA, NOON + timedelta(days=41)) == made


@pytest.mark.parametrize("value", ["", "tomorrow", 7, None])
def test_a_tag_that_is_no_time_changes_no_order(value: object) -> None:
    (made,) = parse_listing(json.dumps([element(tags={"tag:volsync-after": value})]))
    assert made.order == made.start
