from collections.abc import Callable
from datetime import timedelta

from contract.names import Identity
from kopia.snapshots import Snapshot
from plumber.knowledge import NEVER, Knowledge, Mark, listing_of, marks_of, newer

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
