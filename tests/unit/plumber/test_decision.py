from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from msgspec import structs

from contract.answer import Decision
from contract.ledger import shard
from contract.names import Claim, Identity, identity
from contract.times import SKEW
from kopia.snapshots import Snapshot
from kopia.suspect import Suspect
from plumber.answer import Cause
from plumber.decision import TIMES_SHOWN, decide
from plumber.knowledge import UNKNOWN_TIME, Full, Knowledge, Mark, Memory, listing_of
from tests.unit.plumber.worlds import (
    ASKED,
    DATA,
    ELSEWHERE,
    HERE,
    MARK,
    MINE,
    NOON,
    NOW,
    Make,
    ask,
    known,
    memory,
)

OTHER = Claim("media", "other")


def test_a_complete_snapshot_means_restore(snapshot: Make) -> None:
    answer = ask(known(snapshot()))
    assert answer.decision is Decision.RESTORE
    assert answer.snapshot == snapshot()
    assert (answer.repository, answer.age, answer.claim) == (HERE, 5.0, DATA)


def test_restore_rests_on_an_old_listing_even_in_trouble(snapshot: Make) -> None:
    answer = ask(known(snapshot(), began=0.0, trouble="storage is gone"))
    assert answer.decision is Decision.RESTORE
    assert answer.age == 100.0


def test_no_snapshot_in_a_new_listing_means_fresh(snapshot: Make) -> None:
    other = snapshot(identity(Claim("media", "other")))
    assert ask(known(other)).decision is Decision.FRESH


def test_fresh_is_possible_in_a_repository_without_any_snapshot() -> None:
    assert ask(known()).decision is Decision.FRESH


def test_a_listing_begun_just_before_the_request_is_never_fresh() -> None:
    answer = ask(known(began=89.9))
    assert (answer.decision, answer.cause) == (Decision.UNKNOWN, Cause.STALE)


def test_trouble_of_the_last_attempt_is_the_reason() -> None:
    answer = ask(known(began=80.0, trouble="wrong repository password"))
    assert answer.decision is Decision.UNKNOWN
    assert answer.reason == "wrong repository password"


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"pinned": ""}, Cause.UNPINNED),
        ({"pinned": ELSEWHERE}, Cause.OTHER_REPOSITORY),
        ({"listing": None}, Cause.UNLISTED),
    ],
)
def test_without_the_right_repository_neither_restore_nor_fresh(
    snapshot: Make, changes: dict[str, Any], cause: Cause
) -> None:
    for knowledge in (known(), known(snapshot())):
        answer = ask(replace(knowledge, **changes))
        assert (answer.decision, answer.cause) == (Decision.UNKNOWN, cause)
        assert answer.reason


@pytest.mark.parametrize("flaw", [{"incomplete": "checkpoint"}, {"errors": 1}])
def test_only_half_snapshots_are_neither_fresh_nor_restored(
    snapshot: Make, flaw: dict[str, Any]
) -> None:
    assert ask(known(snapshot(**flaw))).cause is Cause.INCOMPLETE


def test_a_newer_half_snapshot_does_not_hide_the_complete_one(snapshot: Make) -> None:
    half = snapshot(id="b" * 32, start=NOON + timedelta(hours=1), incomplete="canceled")
    assert ask(known(snapshot(), half)).snapshot == snapshot()


@pytest.mark.parametrize(
    "other",
    [
        Identity("data-backup", "media", "/elsewhere"),
        Identity("data-backup", "media", "/"),
        Identity("mydata-backup", "media"),
        Identity(("my.data-" + "x" * 60)[:50], "media"),
    ],
)
def test_a_similar_identity_is_unknown_and_told(snapshot: Make, other: Identity) -> None:
    name = {"/data": "my.data", "/elsewhere": "data", "/": "data"}[other.path]
    name += "-" + "x" * 60 if "x" in other.user else ""
    answer = ask(known(snapshot(other)), claim=Claim("media", name))
    assert (answer.decision, answer.cause) == (Decision.UNKNOWN, Cause.AMBIGUOUS)
    assert f"{other} " in answer.reason


def test_an_exact_backup_beats_a_similar_one(snapshot: Make) -> None:
    claim = Claim("media", "my.data")
    exact, legacy = snapshot(identity(claim)), snapshot(Identity("mydata-backup", "media"))
    assert ask(known(exact, legacy), claim=claim).snapshot == exact


def test_a_backup_that_was_known_and_is_gone_is_never_fresh_and_its_id_is_told(
    snapshot: Make,
) -> None:
    other = snapshot(identity(Claim("media", "other")))
    answer = ask(known(other, marks={MINE: MARK}))
    assert (answer.cause, answer.start_empty) == (Cause.LOST, MARK.id)
    assert MARK.id in answer.reason
    assert "2026-05-01T12:00:00Z" in answer.reason


def test_a_known_backup_under_a_shortened_identity_that_is_gone_is_never_fresh() -> None:
    legacy = Identity("mydata-backup", "media")
    assert ask(known(marks={legacy: MARK}), claim=Claim("media", "my.data")).cause is Cause.LOST


def test_half_snapshots_do_not_hide_a_lost_backup(snapshot: Make) -> None:
    half = snapshot(incomplete="checkpoint")
    assert ask(known(half, marks={MINE: MARK})).cause is Cause.LOST


def test_a_half_backup_that_was_known_and_is_gone_is_never_fresh(snapshot: Make) -> None:
    other = snapshot(identity(Claim("media", "other")))
    half = snapshot(id="d" * 32, incomplete="checkpoint")
    gone = replace(known(other), memory=known(other, half).memory)
    assert (ask(gone).cause, ask(gone).start_empty) == (Cause.LOST, half.id)


def test_a_repository_that_suddenly_lists_nothing_is_fresh_for_nobody() -> None:
    answer = ask(known(marks={MINE: MARK}), claim=Claim("media", "never-seen"))
    assert answer.cause is Cause.LOST


def test_a_newer_backup_that_is_known_but_not_listed_is_waited_for(snapshot: Make) -> None:
    newer = Mark(NOON + timedelta(hours=1), "c" * 32)
    answer = ask(replace(known(snapshot()), memory=memory({MINE: newer})))
    assert (answer.cause, answer.start_empty) == (Cause.BEHIND, newer.id)
    assert "restore-as-of: 2026-05-01T12:00:00Z" in answer.reason
    older = replace(known(snapshot()), memory=memory({MINE: newer}))
    assert ask(older, as_of=NOON).snapshot == snapshot()
    assert ask(older, as_of=newer.time).cause is Cause.BEHIND


def test_an_edited_snapshot_with_a_new_id_is_still_the_newest(snapshot: Make) -> None:
    known_by_old_id = memory({MINE: Mark(NOON, "f" * 32)})
    assert ask(replace(known(snapshot()), memory=known_by_old_id)).snapshot == snapshot()


def test_a_newest_that_turns_out_to_be_half_does_not_block_the_complete_one(
    snapshot: Make,
) -> None:
    later = NOON + timedelta(hours=1)
    half = snapshot(id="c" * 32, start=later, end=later, errors=1)
    remembered = memory({MINE: Mark(later, half.id)})
    assert ask(replace(known(snapshot(), half), memory=remembered)).snapshot == snapshot()


def test_before_the_ledger_was_read_nothing_is_decided(snapshot: Make) -> None:
    unread = Memory(repository=HERE, trouble="the API server is away")
    for knowledge in (known(memory=unread), known(snapshot(), memory=unread)):
        answer = ask(knowledge)
        assert (answer.cause, answer.reason) == (Cause.LEDGER, "the API server is away")


def test_a_ledger_that_is_lost_does_not_hold_up_what_is_listed(snapshot: Make) -> None:
    lost = Memory(repository=HERE, trouble="it is gone", is_lost=True)
    assert ask(known(memory=lost)).reason == "it is gone"
    assert ask(known(snapshot(), memory=lost)).decision is Decision.RESTORE


@pytest.mark.parametrize("trouble", ["", "the API server is away"])
def test_a_ledger_read_before_the_request_proves_nothing_fresh(
    snapshot: Make, trouble: str
) -> None:
    old = memory({}, read=89.9, trouble=trouble)
    answer = ask(known(memory=old))
    assert (answer.cause, trouble in answer.reason) == (Cause.LEDGER, True)
    assert ask(known(snapshot(), memory=old)).decision is Decision.RESTORE


def test_the_ledger_of_another_repository_does_not_count(snapshot: Make) -> None:
    other = memory({MINE: MARK}, repository=ELSEWHERE)
    assert ask(known(memory=other)).cause is Cause.LEDGER


def test_as_of_takes_the_newest_not_after_it(snapshot: Make) -> None:
    hours = [snapshot(id=str(n) * 32, start=NOON + timedelta(hours=n)) for n in range(3)]
    ends = [structs.replace(s, end=s.start) for s in hours]
    answer = ask(known(*ends), as_of=NOON + timedelta(hours=1))
    assert answer.snapshot == ends[1]


def test_an_older_state_than_any_is_denied_with_the_times_that_can_be_used(
    snapshot: Make,
) -> None:
    only = snapshot(start=NOON + timedelta(microseconds=1))
    answer = ask(known(only), as_of=NOON)
    assert answer.cause is Cause.AS_OF
    assert "2026-05-01T12:00:01Z" in answer.reason
    assert ask(
        known(structs.replace(only, end=NOW.wall)), as_of=NOON + timedelta(seconds=1)
    ).snapshot


def test_the_list_of_times_is_bounded_and_newest_first(snapshot: Make) -> None:
    many = [
        snapshot(id=f"{n:032x}", start=NOON + timedelta(minutes=n)) for n in range(TIMES_SHOWN + 5)
    ]
    reason = ask(known(*many), as_of=NOON - timedelta(days=1)).reason
    assert reason.count("Z") == TIMES_SHOWN
    assert reason.index("12:24:00Z") < reason.index("12:23:00Z")
    assert reason.endswith("and 5 older")


def test_an_older_state_without_any_backup_is_never_fresh() -> None:
    assert ask(known(), as_of=NOON).cause is Cause.AS_OF


def test_a_snapshot_from_the_future_is_clock_nonsense(snapshot: Make) -> None:
    near = snapshot(start=NOW.wall + SKEW, end=NOW.wall + SKEW)
    far = structs.replace(near, start=near.start + timedelta(seconds=1), end=near.end + SKEW)
    assert ask(known(near)).decision is Decision.RESTORE
    assert ask(known(far)).cause is Cause.CLOCK


def test_a_snapshot_that_ends_before_it_starts_is_clock_nonsense(snapshot: Make) -> None:
    assert ask(known(snapshot(end=NOON - timedelta(seconds=1)))).cause is Cause.CLOCK


def test_what_lies_ahead_is_told_with_the_ways_out_of_it(snapshot: Make) -> None:
    ahead = NOW.wall + timedelta(days=40)
    wrong = snapshot(id="b" * 32, start=ahead, end=ahead)
    answer = ask(known(snapshot(), wrong))
    assert (answer.decision, answer.start_empty) == (Decision.UNKNOWN, wrong.id)
    assert answer.reason == (
        f"the clocks disagree: snapshot {wrong.id} was taken 2026-06-10T18:00:00Z, and the API "
        f"server's time is 2026-05-01T18:00:00Z; kopia snapshot delete {wrong.id} --delete removes "
        "it, or annotation volsync.backup/restore-as-of: 2026-05-01T12:00:00Z takes an older state"
    )
    assert ask(known(snapshot(), wrong), as_of=NOON).snapshot == snapshot()


def test_a_backup_that_was_made_beside_a_later_date_is_restored(snapshot: Make) -> None:
    ahead = NOW.wall + timedelta(days=40)
    wrong = snapshot(id="b" * 32, start=ahead, end=ahead)
    made = snapshot(id="c" * 32, after=ahead + timedelta(microseconds=1))
    assert ask(known(snapshot(), wrong, made)).snapshot == made
    gone = replace(known(snapshot(), made), memory=known(snapshot(), wrong, made).memory)
    assert ask(gone).snapshot == made


def test_before_the_api_server_has_told_its_time_nothing_is_decided(snapshot: Make) -> None:
    dawn = replace(NOW, wall=UNKNOWN_TIME)
    answer = decide(known(snapshot()), ASKED, dawn)
    assert (answer.decision, answer.cause) == (Decision.UNKNOWN, Cause.CLOCK)
    assert answer.reason == "the API server's time is not known yet"


def full_of(one: Identity) -> Full:
    return Full(shards=frozenset({shard(one)}))


def test_where_the_ledger_has_no_room_nobody_is_called_new(snapshot: Make) -> None:
    cramped = replace(known().memory, full=full_of(MINE))
    answer = ask(known(memory=cramped))
    assert (answer.decision, answer.cause) == (Decision.UNKNOWN, Cause.LEDGER)
    assert shard(MINE) in answer.reason
    crowded = replace(cramped, full=Full(namespaces=frozenset({DATA.namespace})))
    assert f"namespace {DATA.namespace}" in ask(known(memory=crowded)).reason
    assert ask(known(snapshot(), memory=crowded)).decision is Decision.RESTORE


def test_a_full_part_of_the_ledger_concerns_nobody_else(snapshot: Make) -> None:
    elsewhere = (identity(Claim("other", f"data-{n}")) for n in range(99))
    other = next(i for i in elsewhere if shard(i) != shard(MINE))
    cramped = Full(shards=frozenset({shard(other)}), namespaces=frozenset({"other"}))
    assert ask(known(memory=replace(known().memory, full=cramped))).decision is Decision.FRESH


def suspect(*identities: Identity) -> Suspect:
    sources = frozenset((i.user, i.host) for i in identities)
    return Suspect(id="e" * 32, problem="is malformed", sources=sources)


def doubtful(*snapshots: Snapshot, whose: Suspect) -> Knowledge:
    """What is known where a manifest cannot be believed."""
    listing = listing_of(snapshots, repository=HERE, began=95.0, suspects=(whose,))
    return known(*snapshots, listing=listing)


@pytest.mark.parametrize("whose", [suspect(MINE), suspect(), suspect(identity(OTHER), MINE)])
def test_what_may_be_a_newer_backup_makes_its_pvc_unknown(snapshot: Make, whose: Suspect) -> None:
    for snapshots in ((), (snapshot(),)):
        for changes in ({}, {"as_of": NOON}, {"start_empty": snapshot().id}):
            answer = ask(doubtful(*snapshots, whose=whose), **changes)
            assert (answer.decision, answer.cause) == (Decision.UNKNOWN, Cause.MANIFEST)
            assert f"kopia manifest delete {'e' * 32}" in answer.reason


def test_what_cannot_be_this_pvcs_does_not_concern_it(snapshot: Make) -> None:
    theirs = suspect(identity(OTHER))
    assert ask(doubtful(whose=theirs)).decision is Decision.FRESH
    assert ask(doubtful(snapshot(), whose=theirs)).decision is Decision.RESTORE


def test_a_suspect_of_the_origins_name_counts_where_there_is_no_backup_of_its_own(
    snapshot: Make,
) -> None:
    dotted = Claim("media", "da.ta")  # the origin's mover wrote it as media/data
    assert ask(doubtful(whose=suspect(MINE)), claim=dotted).cause is Cause.MANIFEST
    own = snapshot(identity(dotted))
    assert ask(doubtful(own, whose=suspect(MINE)), claim=dotted).decision is Decision.RESTORE
