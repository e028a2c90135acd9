from collections.abc import Callable
from datetime import timedelta

import pytest

from contract.names import Identity
from contract.times import SKEW
from kopia.snapshots import Snapshot
from plumber.knowledge import NEVER, Knowledge, Mark, listing_of, marks_of, newer, past

Make = Callable[..., Snapshot]
HERE = "a" * 64
SOURCE = ("data-backup", "media")
MINE = Identity(*SOURCE)


def test_snapshots_are_grouped_by_user_and_host_whatever_the_path(snapshot: Make) -> None:
    one, two = snapshot(), snapshot(Identity(*SOURCE, path="/other"))
    listing = listing_of([one, two], repository=HERE, began=1.0)
    assert listing.snapshots == {SOURCE: (one, two)}
    assert listing.of_any_path(MINE) == (one, two)


def test_the_snapshots_of_an_identity_are_those_of_its_path_alone(snapshot: Make) -> None:
    mine, other = snapshot(), snapshot(Identity(*SOURCE, path="/other"))
    listing = listing_of([other, mine], repository=HERE, began=1.0)
    assert listing.of(MINE) == (mine,)
    assert listing.of(Identity("nobody", "media")) == ()


def test_the_newest_complete_snapshot_of_each_identity_is_remembered(snapshot: Make) -> None:
    old = snapshot()
    new = snapshot(id="b" * 32, start=old.start + timedelta(hours=1))
    half = snapshot(id="c" * 32, start=old.start + timedelta(hours=2), incomplete="checkpoint")
    listing = listing_of([new, half, old], repository=HERE, began=1.0)
    assert marks_of(listing) == {MINE: Mark(new.start, new.id)}


def test_where_no_backup_was_ever_finished_the_newest_half_one_is_remembered(
    snapshot: Make,
) -> None:
    halves = [snapshot(id=n * 32, start=snapshot().start, errors=1) for n in "bca"]
    listing = listing_of(halves, repository=HERE, began=1.0)
    assert not listing.best[MINE].is_complete
    assert marks_of(listing) == {MINE: Mark(snapshot().start, "c" * 32, False)}


def test_only_what_is_missing_or_older_is_newer(snapshot: Make) -> None:
    old, new = Mark(snapshot().start, "a"), Mark(snapshot().start + timedelta(hours=1), "b")
    other = Identity("x-backup", "media")
    assert newer({MINE: new, other: old}, {MINE: old}) == {MINE: new, other: old}
    assert newer({MINE: old}, {MINE: new}) == newer({MINE: old}, {MINE: old}) == {}


def test_without_a_word_of_the_ledger_it_was_never_read() -> None:
    assert Knowledge().memory.read == NEVER
    assert Knowledge().memory.trouble
    assert not Knowledge().memory.is_told


@pytest.mark.parametrize("ahead", [timedelta(minutes=6), timedelta(days=400)])
def test_a_mark_that_lies_ahead_counts_as_of_now_and_gives_way_to_the_next(
    snapshot: Make, ahead: timedelta
) -> None:
    now = snapshot().start
    wrong = {MINE: Mark(now + ahead, "b" * 32)}
    assert past(wrong, now) == {MINE: Mark(now, "b" * 32)}
    later = {MINE: Mark(now + timedelta(hours=1), "c" * 32)}
    assert newer(later, past(wrong, now)) == later
    right = {MINE: Mark(now + SKEW, "b" * 32)}
    assert past(right, now) == right


def test_a_snapshot_beside_a_later_date_is_the_newest_and_leaves_its_own_mark(
    snapshot: Make,
) -> None:
    ahead = snapshot(id="b" * 32, start=snapshot().start + timedelta(days=40))
    made = snapshot(id="a" * 32, after=ahead.start + timedelta(microseconds=1))
    listing = listing_of([made, ahead], repository=HERE, began=1.0)
    assert listing.best == {MINE: made}
    assert marks_of(listing) == {MINE: Mark(made.start, made.id)}
