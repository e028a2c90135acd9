from hypothesis import given
from hypothesis import strategies as st

from adopt.history import histories
from tests.unit.adopt.snapshots import listings, snapshot, source

DATA = source("data@media")


@given(listings)
def test_every_snapshot_is_in_the_history_of_its_own_source(listing):
    for name, history in listing.items():
        assert {item.identity for item in history.snapshots} == {name} == {history.source}


def test_the_newest_is_the_newest_that_can_be_restored():
    snapshots = [
        snapshot(DATA, 1),
        snapshot(DATA, 3, half=True),
        snapshot(DATA, 2),
        snapshot(DATA, 0),
    ]
    assert histories(snapshots)[DATA].newest == snapshots[2]
    assert histories(snapshots[1:2])[DATA].newest is None


@given(st.permutations([snapshot(DATA, hour) for hour in range(4)]))
def test_the_order_of_a_listing_means_nothing(snapshots):
    assert histories(snapshots) == histories(sorted(snapshots, key=lambda item: item.start))


def test_a_copy_holds_what_it_was_copied_from_and_not_what_came_later():
    new_name = source("data-backup@media")
    old, copy = (histories([snapshot(name, 1)])[name] for name in (DATA, new_name))
    grown = histories([snapshot(DATA, 1), snapshot(DATA, 2)])[DATA]
    assert copy.holds(old)
    assert not copy.holds(grown)
    assert grown.holds(copy)
