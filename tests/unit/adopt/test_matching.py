import pytest
from hypothesis import given
from hypothesis import strategies as st

from adopt.history import histories
from adopt.layout import owners
from adopt.matching import Fate, State, match
from contract.names import Claim, claim_of, identity
from tests.unit.adopt import snapshots
from tests.unit.adopt.snapshots import copied, listed, snapshot, source

A, B = Claim("media", "a"), Claim("media", "a.b")
situations = st.tuples(
    snapshots.listings, st.frozensets(snapshots.claims, max_size=5), snapshots.declared
)


def fates(listing, *claims):
    verdict = match(listing, claims, {})
    return {str(name): fate.value for name, fate in verdict.fates.items()}


@given(situations)
def test_every_source_has_one_fate_and_every_pvc_one_state(situation):
    listing, claims, declared = situation
    verdict = match(listing, claims, declared)
    assert set(verdict.fates) == set(listing) == set(verdict.owners)
    assert set(verdict.states) == set(claims)


@given(situations)
def test_two_pvcs_that_may_own_a_source_are_never_chosen_between(situation):
    listing, claims, declared = situation
    verdict = match(listing, claims, declared)
    for name, layouts in owners(listing, claims, declared).items():
        if len(layouts) > 1:
            doubts = {Fate.AMBIGUOUS, Fate.INCOMPLETE, Fate.COPIED}
            assert verdict.fates[name] in doubts
        assert (verdict.fates[name] is Fate.UNCLAIMED) == (not layouts)


@given(situations)
def test_two_sources_are_never_renamed_to_one_pvc_nor_over_its_own(situation):
    listing, claims, declared = situation
    verdict = match(listing, claims, declared)
    renamed = [name for name, fate in verdict.fates.items() if fate is Fate.RENAME]
    targets = [identity(claim) for name in renamed for claim in verdict.owners[name]]
    assert len(targets) == len(set(targets)) == len(renamed)
    for target in targets:
        assert target not in listing or listing[target].newest is None


@given(situations)
def test_recognised_means_that_the_newest_of_all_it_may_own_is_restored(situation):
    listing, claims, declared = situation
    verdict = match(listing, claims, declared)
    for claim in (claim for claim, state in verdict.states.items() if state is State.RECOGNISED):
        newest = listing[identity(claim)].newest
        assert newest is not None
        candidates = [listing[name] for name, layouts in verdict.owners.items() if claim in layouts]
        uncopied = [
            history for history in candidates if verdict.fates[history.source] is not Fate.COPIED
        ]
        assert all(
            history.newest is None or history.newest.start <= newest.start for history in uncopied
        )


@given(situations)
def test_no_backup_means_that_nothing_that_can_be_restored_may_be_its(situation):
    listing, claims, declared = situation
    verdict = match(listing, claims, declared)
    for claim in (claim for claim, state in verdict.states.items() if state is State.NO_BACKUP):
        fates = {
            verdict.fates[name] for name, layouts in verdict.owners.items() if claim in layouts
        }
        assert fates <= {Fate.COPIED}


@given(situations)
def test_a_rename_makes_its_pvc_recognised_unless_the_new_name_is_itself_in_doubt(situation):
    listing, claims, declared = situation
    verdict = match(listing, claims, declared)
    for name in (name for name, fate in verdict.fates.items() if fate is Fate.RENAME):
        (claim,) = verdict.owners[name]
        moved = claim_of(name) is not None
        renamed = copied(listing, name, identity(claim), moved=moved)
        after = match(renamed, claims | {claim}, declared)
        assert name not in after.fates if moved else after.fates[name] is Fate.COPIED
        if len(after.owners[identity(claim)]) == 1:
            assert after.states[claim] is State.RECOGNISED


@given(situations, st.randoms())
def test_the_order_of_what_is_found_decides_nothing(situation, random):
    listing, claims, declared = situation
    shuffled = [item for history in listing.values() for item in history.snapshots]
    random.shuffle(shuffled)
    assert match(histories(shuffled), sorted(claims), declared) == match(listing, claims, declared)


def test_a_source_of_this_projects_name_is_recognised():
    verdict = match(listed("a-backup@media"), [A], {})
    assert verdict.states == {A: State.RECOGNISED}
    assert verdict.fates == {identity(A): Fate.RECOGNISED}


def test_one_pvcs_own_source_under_another_name_is_renamed():
    assert fates(listed("a@media"), A) == {"a@media:/data": "rename"}


def test_an_older_source_beside_the_pvcs_own_is_in_doubt_and_harmless():
    listing = histories([snapshot(identity(A), 2), snapshot(source("a@media"), 1)])
    verdict = match(listing, [A], {})
    assert verdict.fates[source("a@media")] is Fate.AMBIGUOUS
    assert verdict.states[A] is State.RECOGNISED


def test_a_newer_source_beside_the_pvcs_own_puts_the_pvc_in_doubt():
    listing = histories([snapshot(identity(A), 1), snapshot(source("a@media"), 2)])
    verdict = match(listing, [A], {})
    assert verdict.fates == dict.fromkeys(listing, Fate.AMBIGUOUS)
    assert verdict.states[A] is State.AMBIGUOUS


@pytest.mark.parametrize("claims", [(A,), (A, B)])
def test_half_a_backup_is_no_backup_and_not_none_either(claims):
    verdict = match(histories([snapshot(identity(A), half=True)]), claims, {})
    assert verdict.states[A] is State.INCOMPLETE


def test_a_move_ends_the_doubt_whose_a_shortened_source_is():
    first, second = Claim("media", "a.bc"), Claim("media", "ab.c")
    listing, old = listed("abc-backup@media"), source("abc-backup@media")
    assert set(match(listing, [first, second], {}).states.values()) == {State.AMBIGUOUS}
    after = match(copied(listing, old, identity(first), moved=True), [first, second], {})
    assert after.states == {first: State.RECOGNISED, second: State.NO_BACKUP}


def test_a_copy_ends_the_doubt_whose_a_cut_source_is():
    first, second = Claim("media", "x" * 51), Claim("media", "x" * 52)
    listing, old = listed("x" * 50 + "@media"), source("x" * 50 + "@media")
    assert match(listing, [first, second], {}).fates[old] is Fate.AMBIGUOUS
    after = match(copied(listing, old, identity(first)), [first, second], {})
    assert after.fates[old] is Fate.COPIED
    assert after.states == {first: State.RECOGNISED, second: State.NO_BACKUP}


@pytest.mark.parametrize("pvcs", [(Claim("media", "a-backup"),), (Claim("media", "a-backup"), A)])
def test_a_copy_does_not_hide_that_a_source_is_still_read_as_anothers(pvcs):
    old = source("a-backup@media")
    listing = copied(listed("a-backup@media"), old, identity(pvcs[0]))
    verdict = match(listing, pvcs, {old: frozenset({pvcs[0]})})
    assert verdict.fates[old] is Fate.AMBIGUOUS
