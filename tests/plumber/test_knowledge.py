from collections.abc import Callable

from contract.names import Identity
from kopia.snapshots import Snapshot
from plumber.knowledge import Knowledge, learn, listing_of

Make = Callable[..., Snapshot]
HERE, ELSEWHERE = "a" * 64, "b" * 64
SOURCE = ("data-backup", "media")


def test_snapshots_are_grouped_by_user_and_host_whatever_the_path(snapshot: Make) -> None:
    one, two = snapshot(), snapshot(Identity(*SOURCE, path="/other"))
    listing = listing_of([one, two], repository=HERE, began=1.0)
    assert listing.snapshots == {SOURCE: (one, two)}


def test_a_whole_listing_ends_the_trouble_and_pins_its_repository(snapshot: Make) -> None:
    listing = listing_of([snapshot()], repository=HERE, began=1.0)
    known = learn(Knowledge(trouble="storage is gone"), listing)
    assert (known.trouble, known.pinned, known.listing) == ("", HERE, listing)


def test_memory_of_the_same_repository_only_grows(snapshot: Make) -> None:
    first = learn(Knowledge(), listing_of([snapshot()], repository=HERE, began=1.0))
    second = learn(first, listing_of([], repository=HERE, began=2.0))
    assert second.remembered == {SOURCE}


def test_memory_of_another_repository_does_not_count(snapshot: Make) -> None:
    first = learn(Knowledge(), listing_of([snapshot()], repository=HERE, began=1.0))
    second = learn(first, listing_of([], repository=ELSEWHERE, began=2.0))
    assert second.remembered == frozenset()
