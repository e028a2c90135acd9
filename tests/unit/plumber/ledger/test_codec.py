from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.ledger import SHARD_NAMES, SHARDS, shard
from contract.names import NAME_LIMIT, Claim, Identity, identity
from contract.times import SKEW
from plumber.knowledge import Mark, Marks
from plumber.ledger import codec
from plumber.ledger.codec import LedgerError, LedgerLost, Stored, compare, dump, parse

HERE, ELSEWHERE = "a" * 64, "b" * 64
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
MINE = Identity("data-backup", "media")
MARK = Mark(NOON, "c" * 32)
LAST = datetime.max.replace(tzinfo=UTC) - SKEW  # nothing lies ahead of it

identities = st.builds(Identity, st.text(min_size=1, max_size=9), st.text(min_size=1, max_size=9))
times = st.datetimes(timezones=st.just(UTC))
all_marks = st.dictionaries(
    identities,
    st.builds(Mark, times, st.uuids().map(lambda u: u.hex), st.booleans()),
    max_size=9,
)


def stored(marks: Marks, *, begun: bool = True, repository: str = HERE, **data: Any) -> Stored:
    """What the cluster holds when exactly these marks have been written."""
    shards = {n: {"data": {repository: dump(marks, n), **data}} for n in SHARD_NAMES}
    return Stored(repository=HERE, read_at=LAST, is_begun=begun, shards=shards)


@given(all_marks)
def test_what_is_written_is_read_again(marks: Marks) -> None:
    parsed: dict[Identity, Mark] = {}
    for name in SHARD_NAMES:
        parsed |= parse(dump(marks, name), name)
    assert parsed == marks


@given(all_marks, all_marks)
def test_both_sides_together_are_known_and_nothing_ever_shrinks(one: Marks, two: Marks) -> None:
    compared = compare(stored(one), two, was_read=False)
    assert compared.marks.keys() == one.keys() | two.keys()
    for i, mark in compared.marks.items():
        assert mark == max((m for m in (one.get(i), two.get(i)) if m), key=lambda m: m.rank)
    for name, text in compared.texts.items():
        assert parse(text, name) == {i: m for i, m in compared.marks.items() if shard(i) == name}


@given(all_marks, all_marks)
def test_exactly_the_shards_that_lack_something_are_written(one: Marks, two: Marks) -> None:
    compared = compare(stored(one), two, was_read=False)
    lacking = {shard(i) for i, mark in two.items() if i not in one or mark.rank > one[i].rank}
    assert set(compared.texts) == lacking
    assert compared.is_urgent == bool(two.keys() - one.keys())


@given(all_marks, all_marks)
def test_two_replicas_end_with_the_same_ledger(one: Marks, two: Marks) -> None:
    cluster = stored({})
    for mine in (one, two, one):
        texts = compare(cluster, mine, was_read=True).texts
        written = {name: {"data": {HERE: text}} for name, text in texts.items()}
        cluster = replace(cluster, is_begun=True, shards={**cluster.shards, **written})
    assert (
        compare(cluster, {}, was_read=False).marks == compare(stored(one), two, was_read=True).marks
    )


def test_a_new_ledger_begins_with_all_shards_even_the_empty_ones() -> None:
    nothing = Stored(repository=HERE, read_at=LAST, is_begun=False)
    compared = compare(nothing, {MINE: MARK}, was_read=False)
    assert set(compared.texts) == set(SHARD_NAMES)
    assert compared.is_urgent
    assert MARK.id in compared.texts[shard(MINE)]


@pytest.mark.parametrize("data", [{}, None, {ELSEWHERE: ""}])
def test_a_begun_ledger_without_one_of_its_shards_is_a_loss(data: Any) -> None:
    whole = stored({MINE: MARK})
    torn = {**whole.shards, SHARD_NAMES[3]: {"data": data}}
    broken = Stored(repository=HERE, read_at=LAST, is_begun=True, shards=torn)
    with pytest.raises(LedgerError, match=f"gone: ConfigMap {SHARD_NAMES[3]}"):
        compare(broken, {}, was_read=False)
    assert set(compare(broken, {MINE: MARK}, was_read=True).texts) == {SHARD_NAMES[3]}


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "[]",
        '["data-backup", "media", "yesterday", "' + "c" * 32 + '"]',
        '["data-backup", "media", "2026-05-01T12:00:00Z", "c"]',
        '["data-backup", "media", "2026-05-01T12:00:00Z", 1]',
        dump({MINE: MARK}, shard(MINE))[:-9],
        dump({MINE: MARK}, shard(MINE))[:-1] + ', "what"]',
        "[" * 100_000,
        "",
        "\n".join(dump({MINE: MARK}, shard(MINE)).splitlines()[:-1]),
        dump({MINE: MARK}, shard(MINE)).splitlines()[-1],
        dump({MINE: MARK}, shard(MINE)).replace("\n1", "\n2"),
    ],
)
def test_a_damaged_shard_is_a_loss_too(text: str) -> None:
    torn = {**stored({}).shards, shard(MINE): {"data": {HERE: text}}}
    broken = Stored(repository=HERE, read_at=LAST, is_begun=True, shards=torn)
    with pytest.raises(LedgerError, match="damaged"):
        compare(broken, {}, was_read=False)


@given(all_marks, st.integers(min_value=0))
def test_a_shard_that_is_cut_anywhere_is_a_loss(marks: Marks, cut: int) -> None:
    whole = dump(marks, SHARD_NAMES[0])
    with pytest.raises(LedgerLost):
        parse(whole[: cut % len(whole)], SHARD_NAMES[0])


def test_a_line_in_the_wrong_shard_is_damage() -> None:
    wrong = next(name for name in SHARD_NAMES if name != shard(MINE))
    with pytest.raises(LedgerError):
        parse(dump({MINE: MARK}, shard(MINE)), wrong)


def test_another_repository_has_a_ledger_of_its_own() -> None:
    other = stored({MINE: MARK}, repository=ELSEWHERE, begun=False)
    compared = compare(other, {}, was_read=False)
    assert compared.marks == {}
    assert set(compared.texts) == set(SHARD_NAMES)


def test_what_no_pvc_could_ask_for_is_not_kept() -> None:
    by_hand = Identity("root", "laptop", "/home")
    assert compare(stored({}), {by_hand: MARK}, was_read=True).texts == {}


def test_ten_thousand_pvcs_with_long_names_fit() -> None:
    claims = [Claim("n" * 63, f"{n:05d}" + "d" * (NAME_LIMIT - 5)) for n in range(10_000)]
    marks = {identity(claim): MARK for claim in claims}
    assert max(len(dump(marks, name)) for name in SHARD_NAMES) < 2**20
    assert SHARDS == len(set(SHARD_NAMES)) == len({shard(i) for i in marks})


def test_a_ledger_that_would_not_fit_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec, "TEXT_LIMIT", 10)
    with pytest.raises(LedgerError, match="full"):
        dump({MINE: MARK}, shard(MINE))


def test_a_later_time_wins_whatever_the_ids() -> None:
    later = Mark(NOON + timedelta(seconds=1), "0" * 32)
    assert compare(stored({MINE: MARK}), {MINE: later}, was_read=True).marks == {MINE: later}
    assert compare(stored({MINE: later}), {MINE: MARK}, was_read=True).texts == {}


def test_a_half_backup_never_takes_the_place_of_a_complete_one() -> None:
    half = Mark(NOON + timedelta(hours=1), "d" * 32, False)
    assert compare(stored({MINE: MARK}), {MINE: half}, was_read=True).texts == {}
    assert compare(stored({MINE: half}), {MINE: MARK}, was_read=True).marks == {MINE: MARK}


def test_a_mark_that_an_earlier_version_wrote_ahead_gives_way_and_stays_a_trace() -> None:
    ahead = Mark(NOON + timedelta(days=400), "d" * 32)
    now = replace(stored({MINE: ahead}), read_at=NOON)
    assert compare(now, {}, was_read=False).marks[MINE].id == ahead.id
    compared = compare(now, {MINE: MARK}, was_read=True)
    assert compared.marks == {MINE: MARK}
    (text,) = compared.texts.values()
    assert parse(text, shard(MINE)) == {MINE: MARK}
