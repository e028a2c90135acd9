"""Whoever names what is left behind may start empty, and nobody else."""

from dataclasses import replace
from datetime import timedelta

import pytest

from contract.answer import Decision
from contract.names import Claim, Identity, identity
from plumber.answer import Cause
from plumber.knowledge import Knowledge, Mark
from tests.unit.plumber.worlds import MARK, MINE, NOON, Make, ask, known, memory


def _doubts(snapshot: Make) -> dict[Cause, tuple[Knowledge, str]]:
    half = snapshot(id="d" * 32, incomplete="checkpoint")
    newer = memory({MINE: Mark(NOON + timedelta(hours=1), "e" * 32)})
    elsewhere = snapshot(Identity("data-backup", "media", "/elsewhere"))
    return {
        Cause.BACKUP: (known(snapshot()), "a" * 32),
        Cause.LOST: (known(snapshot(identity(Claim("a", "b"))), marks={MINE: MARK}), MARK.id),
        Cause.INCOMPLETE: (known(half), half.id),
        Cause.BEHIND: (replace(known(snapshot()), memory=newer), "e" * 32),
        Cause.AMBIGUOUS: (known(elsewhere), elsewhere.id),
    }


CAUSES = [Cause.BACKUP, Cause.LOST, Cause.INCOMPLETE, Cause.BEHIND, Cause.AMBIGUOUS]


@pytest.mark.parametrize("cause", CAUSES)
def test_whoever_names_what_is_left_behind_starts_empty(snapshot: Make, cause: Cause) -> None:
    knowledge, number = _doubts(snapshot)[cause]
    assert ask(knowledge).cause is cause
    assert ask(knowledge).start_empty == number
    answer = ask(knowledge, start_empty=number)
    assert (answer.decision, answer.cause) == (Decision.FRESH, Cause.ACCEPTED)


@pytest.mark.parametrize("cause", CAUSES)
def test_a_leftover_acknowledgement_or_one_beside_a_time_changes_nothing(
    snapshot: Make, cause: Cause
) -> None:
    knowledge, number = _doubts(snapshot)[cause]
    assert ask(knowledge, start_empty="9" * 32) == ask(knowledge)
    dated = {"as_of": NOON + timedelta(hours=2)}
    assert ask(knowledge, start_empty=number, **dated) == ask(knowledge, **dated)


@pytest.mark.parametrize("cause", CAUSES)
def test_an_acknowledgement_needs_a_new_listing_and_the_ledger(
    snapshot: Make, cause: Cause
) -> None:
    knowledge, number = _doubts(snapshot)[cause]
    assert knowledge.listing is not None
    old = replace(knowledge, listing=replace(knowledge.listing, began=89.0))
    assert ask(old, start_empty=number).cause is Cause.STALE
    unread = replace(knowledge, memory=replace(knowledge.memory, read=89.0))
    assert ask(unread, start_empty=number).cause is Cause.LEDGER
