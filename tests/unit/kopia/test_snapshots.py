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
    SnapshotList,
    compared,
    newest_complete,
    parse_manifests,
)
from kopia.suspect import Suspect

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


def labels(**changes: str) -> dict[str, str]:
    plain = {"type": "snapshot", "hostname": "media", "username": "data-backup", "path": "/data"}
    return plain | changes


NUMBER = element()["id"]
LABELS = {NUMBER: labels()}


def read(*elements: Any, labels: Any = LABELS) -> SnapshotList:
    return compared(parse_manifests(json.dumps(elements)), labels)


def read_one(labels: Any = LABELS, **changes: Any) -> Snapshot:
    whole = read(element(**changes), labels=labels)
    assert not whole.suspects
    (item,) = whole.snapshots
    return item


def suspected(*elements: Any, labels: Any = LABELS) -> Suspect:
    """The one suspect of a list that holds nothing else."""
    whole = read(*elements, labels=labels)
    assert whole.snapshots == ()
    (item,) = whole.suspects
    return item


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
    item = read_one()
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
    tags = {"tag:kept": "true", f"tag:{PVC_UID}": "uid-1", f"tag:{RESTORED_FROM}": ""}
    item = read_one({NUMBER: labels(**tags)}, rootEntry=root, tags=tags)
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
    item = read_one(**changes)
    assert not item.is_complete


def test_a_single_file_as_root_counts_as_one_file() -> None:
    root = {"type": "f", "size": 5}
    item = read_one(rootEntry=root)
    assert (item.files, item.bytes, item.is_complete) == (1, 5, True)


@pytest.mark.parametrize("text", ["[\n]", "[]"])
def test_an_empty_list_is_a_list(text: str) -> None:
    assert list(parse_manifests(text)) == []


@pytest.mark.parametrize("text", ["", "null", "{}", '"x"', "[", "[1]", "[null]", "[[]]", "[]x"])
def test_garbage_is_never_an_empty_list(text: str) -> None:
    with pytest.raises(KopiaError):
        parse_manifests(text)


MINE = frozenset({("data-backup", "media")})
FORGED = frozenset({("data-backup", "media"), ("data-backup", "other")})


@pytest.mark.parametrize("missing", ["source", "startTime", "endTime", "rootEntry"])
def test_a_manifest_without_a_field_concerns_its_own_source_only(missing: str) -> None:
    broken = element()
    del broken[missing]
    assert suspected(broken).sources == MINE


@pytest.mark.parametrize("changes", [{"id": 5}, {"id": None}])
def test_an_element_without_an_id_spoils_the_list(changes: dict[str, Any]) -> None:
    """Kopia never prints one: this is no list of its own."""
    with pytest.raises(KopiaError):
        read(element(), element(**changes))
    without = element()
    del without["id"]
    with pytest.raises(KopiaError):
        read(element(), without)


@pytest.mark.parametrize(
    "changes",
    [
        {"source": {"host": "media", "userName": 5, "path": "/data"}},
        {"source": 5},
        {"startTime": "yesterday"},
        {"startTime": "2026-13-01T12:00:00Z"},
        {"startTime": "2026-05-01T12:00:00"},
        {"endTime": "2026-05-01T12:00:00+02:00"},
        {"incomplete": 5},
        {"rootEntry": {"summ": {"files": -1}}},
        {"rootEntry": {"summ": {"files": True}}},
        {"rootEntry": {"summ": {"size": "5"}}},
        {"rootEntry": {"summ": {"errors": [{"path": 5}]}}},
        {"rootEntry": {"summ": {"errors": 5}}},
        {"tags": 5},
        {"tags": {"tag:kept": "true"}},
        {"tags": {"path": "/data"}, "source": {"host": "media", "userName": "data-backup"}},
    ],
)
def test_a_manifest_with_a_wrong_value_is_named_with_the_command_that_removes_it(
    changes: dict[str, Any],
) -> None:
    others = {"f" * 32: labels(hostname="other")}
    good = element(id="f" * 32, source={**element()["source"], "host": "other"})
    whole = read(element(**changes), good, labels=LABELS | others)
    assert [snapshot.id for snapshot in whole.snapshots] == ["f" * 32]
    (suspect,) = whole.suspects
    assert suspect.sources == MINE
    assert f"kopia manifest delete {NUMBER} " in suspect.text()
    assert suspect.concerns([DATA])
    assert not suspect.concerns([Identity("data-backup", "other")])


@pytest.mark.parametrize(
    ("forged", "sources"),
    [
        (labels(hostname="other"), FORGED),
        (labels(username="other"), MINE | {("other", "media")}),
        (labels(path="/other"), MINE),
        (labels(hostname=""), MINE),
        (labels(extra="x"), MINE),
        ({"type": "snapshot"}, MINE),
        ({}, MINE),
    ],
)
def test_a_manifest_whose_labels_and_text_disagree_is_nobodys_snapshot(
    forged: dict[str, str], sources: frozenset[tuple[str, str]]
) -> None:
    assert suspected(element(), labels={NUMBER: forged}).sources == sources


def test_what_was_deleted_while_the_list_was_read_is_no_snapshot() -> None:
    assert suspected(element(), labels={}).sources == MINE


def test_where_neither_labels_nor_text_name_a_source_it_may_be_anybodys() -> None:
    nameless = suspected(element(source=5), labels={NUMBER: {"type": "snapshot"}})
    assert nameless.sources == frozenset()
    assert nameless.concerns([DATA])
    assert nameless.concerns([Identity("any-backup", "where")])


def test_what_kopia_left_out_concerns_whom_its_labels_name() -> None:
    whole = compared(parse_manifests("[]"), LABELS, [NUMBER, "f" * 32])
    assert [suspect.sources for suspect in whole.suspects] == [MINE, frozenset()]


def test_of_an_id_named_twice_the_second_is_not_believed() -> None:
    whole = read(element(), element(rootEntry={"type": "f", "size": 5}))
    assert len(whole.snapshots) == 1
    assert [suspect.sources for suspect in whole.suspects] == [MINE]


some_text = st.one_of(st.sampled_from(["", "media", "other", "data-backup"]), st.text(max_size=5))
json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), some_text),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(some_text, inner)),
    max_leaves=5,
)


@given(
    st.dictionaries(st.sampled_from([*element(), "tags", "incomplete"]), json_values),
    st.dictionaries(st.sampled_from(list(labels())), some_text),
)
def test_whatever_somebody_writes_no_other_pvc_is_touched(
    text: dict[str, Any], forged: dict[str, str]
) -> None:
    """Neither by a snapshot that it never had, nor by one that it does not see any more."""
    text.pop("id", None)
    other = element(id="f" * 32, source={"host": "web", "userName": "x-backup", "path": "/data"})
    whole = read(
        element(**text),
        other,
        labels={NUMBER: forged, "f" * 32: labels(hostname="web", username="x-backup")},
    )
    mine = [snapshot for snapshot in whole.snapshots if snapshot.id == NUMBER]
    assert len(mine) + len(whole.suspects) == 1
    assert len(whole.snapshots) == len(mine) + 1
    for snapshot in mine:
        source = text.get("source", element()["source"])
        assert forged["hostname"] == snapshot.identity.host == source["host"]
    names_it = "web" in json.dumps([text, forged])
    for suspect in whole.suspects:
        if suspect.sources and not names_it:
            assert not suspect.concerns([Identity("x-backup", "web")])


@given(st.integers(min_value=1))
def test_a_list_cut_anywhere_is_a_failure(cut: int) -> None:
    text = json.dumps([element(), element(id="f" * 32)], indent=1)
    with pytest.raises(KopiaError):
        parse_manifests(text[: cut % len(text)])


@given(st.text())
def test_no_text_at_all_breaks_the_parser(text: str) -> None:
    try:
        parse_manifests(text)
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
    tags = {"tag:volsync-after": text}
    made = read_one({NUMBER: labels(**tags)}, tags=tags)
    assert made.start < ahead.start < made.order
    assert newest_complete([ahead, made], DATA) == made
    assert newest_complete([ahead, made], DATA, NOON + timedelta(days=41)) == made


@pytest.mark.parametrize("value", ["", "tomorrow"])
def test_a_tag_that_is_no_time_changes_no_order(value: str) -> None:
    tags = {"tag:volsync-after": value}
    made = read_one({NUMBER: labels(**tags)}, tags=tags)
    assert made.order == made.start
