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
    snapshots.found, st.frozensets(snapshots.claims, max_size=5), snapshots.declared
)


def fates(found, *claims):
    judged = match(found, claims, {})
    return {str(one): fate.value for one, fate in judged.fates.items()}


@given(situations)
def test_every_source_has_one_fate_and_every_pvc_one_state(situation):
    found, claims, told = situation
    judged = match(found, claims, told)
    assert set(judged.fates) == set(found) == set(judged.owners)
    assert set(judged.states) == set(claims)


@given(situations)
def test_two_pvcs_that_may_own_a_source_are_never_chosen_between(situation):
    found, claims, told = situation
    judged = match(found, claims, told)
    for name, its in owners(found, claims, told).items():
        if len(its) > 1:
            doubts = {Fate.AMBIGUOUS, Fate.INCOMPLETE, Fate.COPIED}
            assert judged.fates[name] in doubts
        assert (judged.fates[name] is Fate.UNCLAIMED) == (not its)


@given(situations)
def test_two_sources_are_never_renamed_to_one_pvc_nor_over_its_own(situation):
    found, claims, told = situation
    judged = match(found, claims, told)
    renamed = [name for name, fate in judged.fates.items() if fate is Fate.RENAME]
    targets = [identity(claim) for name in renamed for claim in judged.owners[name]]
    assert len(targets) == len(set(targets)) == len(renamed)
    for target in targets:
        assert target not in found or found[target].newest is None


@given(situations)
def test_recognised_means_that_the_newest_of_all_it_may_own_is_restored(situation):
    found, claims, told = situation
    judged = match(found, claims, told)
    for claim in (claim for claim, state in judged.states.items() if state is State.RECOGNISED):
        newest = found[identity(claim)].newest
        assert newest is not None
        mine = [found[name] for name, its in judged.owners.items() if claim in its]
        live = [one for one in mine if judged.fates[one.source] is not Fate.COPIED]
        assert all(one.newest is None or one.newest.start <= newest.start for one in live)


@given(situations)
def test_no_backup_means_that_nothing_that_can_be_restored_may_be_its(situation):
    found, claims, told = situation
    judged = match(found, claims, told)
    for claim in (claim for claim, state in judged.states.items() if state is State.NO_BACKUP):
        fates = {judged.fates[name] for name, its in judged.owners.items() if claim in its}
        assert fates <= {Fate.COPIED}


@given(situations)
def test_a_rename_makes_its_pvc_recognised_unless_the_new_name_is_itself_in_doubt(situation):
    found, claims, told = situation
    judged = match(found, claims, told)
    for name in (name for name, fate in judged.fates.items() if fate is Fate.RENAME):
        (claim,) = judged.owners[name]
        moved = claim_of(name) is not None
        made = copied(found, name, identity(claim), moved=moved)
        after = match(made, claims | {claim}, told)
        assert name not in after.fates if moved else after.fates[name] is Fate.COPIED
        if len(after.owners[identity(claim)]) == 1:
            assert after.states[claim] is State.RECOGNISED


@given(situations, st.randoms())
def test_the_order_of_what_is_found_decides_nothing(situation, random):
    found, claims, told = situation
    made = [one for history in found.values() for one in history.snapshots]
    random.shuffle(made)
    assert match(histories(made), sorted(claims), told) == match(found, claims, told)


def test_a_source_of_this_projects_name_is_recognised():
    judged = match(listed("a-backup@media"), [A], {})
    assert judged.states == {A: State.RECOGNISED}
    assert judged.fates == {identity(A): Fate.RECOGNISED}


def test_one_pvcs_own_source_under_another_name_is_renamed():
    assert fates(listed("a@media"), A) == {"a@media:/data": "rename"}


def test_an_older_source_beside_the_pvcs_own_is_in_doubt_and_harmless():
    found = histories([snapshot(identity(A), 2), snapshot(source("a@media"), 1)])
    judged = match(found, [A], {})
    assert judged.fates[source("a@media")] is Fate.AMBIGUOUS
    assert judged.states[A] is State.RECOGNISED


def test_a_newer_source_beside_the_pvcs_own_puts_the_pvc_in_doubt():
    found = histories([snapshot(identity(A), 1), snapshot(source("a@media"), 2)])
    judged = match(found, [A], {})
    assert judged.fates == dict.fromkeys(found, Fate.AMBIGUOUS)
    assert judged.states[A] is State.AMBIGUOUS


@pytest.mark.parametrize("claims", [(A,), (A, B)])
def test_half_a_backup_is_no_backup_and_not_none_either(claims):
    judged = match(histories([snapshot(identity(A), half=True)]), claims, {})
    assert judged.states[A] is State.INCOMPLETE


def test_a_move_ends_the_doubt_whose_a_shortened_source_is():
    first, second = Claim("media", "a.bc"), Claim("media", "ab.c")
    found, old = listed("abc-backup@media"), source("abc-backup@media")
    assert set(match(found, [first, second], {}).states.values()) == {State.AMBIGUOUS}
    after = match(copied(found, old, identity(first), moved=True), [first, second], {})
    assert after.states == {first: State.RECOGNISED, second: State.NO_BACKUP}


def test_a_copy_ends_the_doubt_whose_a_cut_source_is():
    first, second = Claim("media", "x" * 51), Claim("media", "x" * 52)
    found, old = listed("x" * 50 + "@media"), source("x" * 50 + "@media")
    assert match(found, [first, second], {}).fates[old] is Fate.AMBIGUOUS
    after = match(copied(found, old, identity(first)), [first, second], {})
    assert after.fates[old] is Fate.COPIED
    assert after.states == {first: State.RECOGNISED, second: State.NO_BACKUP}


@pytest.mark.parametrize("pvcs", [(Claim("media", "a-backup"),), (Claim("media", "a-backup"), A)])
def test_a_copy_does_not_hide_that_a_source_is_still_read_as_anothers(pvcs):
    old = source("a-backup@media")
    found = copied(listed("a-backup@media"), old, identity(pvcs[0]))
    judged = match(found, pvcs, {old: frozenset({pvcs[0]})})
    assert judged.fates[old] is Fate.AMBIGUOUS
