import base64
import hashlib
import string
import time
import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.ledger import NAMESPACE_LIMIT, SHARD_NAMES, shard
from contract.names import (
    DATA_PATH,
    LEGACY_USER_LIMIT,
    NAME_LIMIT,
    Claim,
    Identity,
    claim_of,
    identity,
    legacy_identities,
)
from contract.times import SKEW
from plumber.knowledge import Full, Mark, Marks
from plumber.ledger import codec
from plumber.ledger.codec import LedgerError, LedgerLost, Stored, compare, dump, parse
from tests.unit.contract.strategies import claims

HERE, ELSEWHERE = "a" * 64, "b" * 64
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
MINE = Identity("data-backup", "media")
MARK = Mark(NOON, "c" * 32)
LAST = datetime.max.replace(tzinfo=UTC) - SKEW  # nothing lies ahead of it

identities = claims.map(identity)
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


NOBODYS = [
    Identity("root", "laptop", "/home"),
    Identity("data-backup", "media", "/home"),
    Identity("maintenance", "volsync"),
    Identity("data", "media"),
    Identity("-backup", "media"),
    Identity("Data-backup", "media"),
    Identity("da ta-backup", "media"),
    Identity("d" * (NAME_LIMIT + 1) + "-backup", "media"),
    Identity("d" * 100_000 + "-backup", "media"),
    Identity("data-backup", "Media"),
    Identity("data-backup", "me.dia"),
    Identity("data-backup", "m" * 64),
    Identity("data-backup", ""),
    Identity("", "media"),
]


@pytest.mark.parametrize("nobodys", NOBODYS, ids=lambda one: str(one)[:40])
def test_what_no_pvc_could_ask_for_is_not_kept(nobodys: Identity) -> None:
    assert compare(stored({}), {nobodys: MARK}, was_read=True).texts == {}
    by_an_earlier_release = stored({replace(nobodys, path=DATA_PATH): MARK, MINE: MARK})
    if nobodys.path == DATA_PATH:
        assert compare(by_an_earlier_release, {}, was_read=False).marks == {MINE: MARK}


@given(claims)
def test_whatever_a_pvc_can_ask_for_is_kept(claim: Claim) -> None:
    for i in (identity(claim), *legacy_identities(claim)):
        if not is_pathological(i):
            assert compare(stored({}), {i: MARK}, was_read=True).marks == {i: MARK}


def is_pathological(one: Identity) -> bool:
    """Cut where the PVC's name has several separators in a row."""
    return claim_of(one) is None and len(one.user) < LEGACY_USER_LIMIT - 1


def unlike(number: int) -> Claim:
    """The longest names that a PVC with a label can have, and nothing in common to be packed."""
    return Claim(made_up(f"space {number % 900}"), made_up(f"name {number}"))


LETTERS = string.ascii_lowercase + string.digits
LETTER_OF_BYTE = bytes(ord(LETTERS[byte % len(LETTERS)]) for byte in range(256))


def made_up(seed: str) -> str:
    """By a hash: to seed a random generator for each took longer than what is tested."""
    return hashlib.sha512(seed.encode()).digest().translate(LETTER_OF_BYTE)[:63].decode()


MIB = 1 << 20
MINUTE = 60.0  # seconds of processor; it takes two


def test_a_hundred_thousand_identities_fit_whatever_their_names() -> None:
    marks = {
        identity(unlike(n)): Mark(NOON + timedelta(seconds=n, microseconds=n), uuid4().hex)
        for n in range(100_000)
    }
    began = time.process_time()
    nothing = Stored(repository=HERE, read_at=LAST, is_begun=False)
    compared = compare(nothing, marks, was_read=False)
    assert compared.marks == marks
    assert compared.full == Full()
    assert max(len(text.encode()) for text in compared.texts.values()) < MIB
    written = {name: {"data": {HERE: text}} for name, text in compared.texts.items()}
    again = compare(
        Stored(repository=HERE, read_at=LAST, is_begun=True, shards=written), {}, was_read=False
    )
    assert again.marks == marks
    assert time.process_time() - began < MINUTE


def ledger(*learnt: Marks, beside: str = "") -> Stored:
    """What the cluster holds when replicas have written what they know, one after the other.

    `beside` is the ledger of another repository.
    """
    other = {ELSEWHERE: beside} if beside else {}
    shards = {name: {"data": {HERE: dump({}, name), **other}} for name in SHARD_NAMES}
    for mine in learnt:
        cluster = Stored(repository=HERE, read_at=LAST, is_begun=True, shards=shards)
        texts = compare(cluster, mine, was_read=True).texts
        shards |= {name: {"data": {HERE: text, **other}} for name, text in texts.items()}
    return Stored(repository=HERE, read_at=LAST, is_begun=True, shards=shards)


@given(st.lists(all_marks, min_size=1, max_size=4), st.integers(500, 2000), st.integers(1, 3))
def test_what_has_no_room_is_never_called_unknown_to_the_ledger(
    learnt: list[Marks], characters: int, identities_each: int
) -> None:
    """Also after a restart: who was left out cannot be told from who was never there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(codec, "TEXT_LIMIT", characters)
        patch.setattr(codec, "NAMESPACE_LIMIT", identities_each)
        cluster = ledger(*learnt)
        compared = compare(cluster, {}, was_read=False)
        for name in SHARD_NAMES:
            assert len(cluster.shards[name]["data"][HERE]) <= characters
    for i in {i for marks in learnt for i in marks}:
        assert i in compared.marks or compared.full.refusal(i)


def test_a_full_shard_concerns_what_would_be_in_it_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec, "TEXT_LIMIT", 2000)
    claims_here = [Claim(f"team-{n}", "data") for n in range(2000)]
    crowd = [i for i in map(identity, claims_here) if shard(i) == shard(MINE)]
    compared = compare(stored({MINE: MARK}), dict.fromkeys(crowd, MARK), was_read=True)
    assert compared.full.shards == {shard(MINE)}
    assert not compared.full.namespaces
    assert MINE in compared.marks
    later = Mark(NOON + timedelta(hours=1), "d" * 32)
    full = ledger({MINE: MARK}, dict.fromkeys(crowd, MARK))
    assert compare(full, {MINE: later}, was_read=True).marks[MINE] == later
    elsewhere = next(i for i in map(identity, claims_here) if shard(i) != shard(MINE))
    assert not compared.full.refusal(elsewhere)
    assert elsewhere in compare(full, {elsewhere: MARK}, was_read=True).marks


def test_nobody_takes_the_room_of_other_namespaces() -> None:
    flood = {identity(Claim("tenant", f"x{n}")): MARK for n in range(2 * NAMESPACE_LIMIT)}
    compared = compare(stored({}), {**flood, MINE: MARK}, was_read=True)
    assert len(compared.marks) == NAMESPACE_LIMIT + 1
    assert compared.full == Full(namespaces=frozenset({"tenant"}))
    assert not compared.full.refusal(MINE)
    assert "of namespace tenant" in compared.full.refusal(identity(Claim("tenant", "new")))


def test_the_ledger_of_another_repository_takes_room_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec, "TEXT_LIMIT", 2000)
    beside = ledger({MINE: MARK}, beside="x" * 1900)
    assert compare(beside, {}, was_read=False).full.refusal(MINE)


def test_a_long_text_is_packed_and_a_packed_one_that_was_cut_is_a_loss() -> None:
    marks = {identity(Claim("media", f"data-{n}")): MARK for n in range(20_000)}
    name = SHARD_NAMES[0]
    text = dump(marks, name)
    assert text.startswith(codec.PACKED)
    assert parse(text, name) == {i: mark for i, mark in marks.items() if shard(i) == name}
    for cut in (len(codec.PACKED), 100, len(text) // 2, len(text) - 1, len(text) - 4):
        with pytest.raises(LedgerLost):
            parse(text[:cut], name)


def test_what_unpacks_without_an_end_is_damage() -> None:
    bomb = base64.b64encode(zlib.compress(b"\n" * (codec.UNPACKED_LIMIT + 1))).decode()
    with pytest.raises(LedgerLost):
        parse(codec.PACKED + bomb, SHARD_NAMES[0])


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
