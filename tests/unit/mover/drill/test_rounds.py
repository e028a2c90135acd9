from dataclasses import replace
from datetime import timedelta

import pytest

from contract.names import Claim
from fakes.builders import NOW
from mover.drill import rounds
from mover.drill.rounds import Outcome, Proof, Record, Trial
from mover.schedule import ScheduleError

A, B, C = (Claim("shop", name) for name in "abc")
HOUR = timedelta(hours=1)
GOOD = Trial(
    outcome=Outcome.GOOD, snapshot="1" * 32, time="2026-03-01T12:00:00Z", files=3, bytes=10
)
BAD = replace(GOOD, outcome=Outcome.FAILED, reason="damaged")
SKIPPED = replace(GOOD, outcome=Outcome.SKIPPED, reason="too large")


def drilled(record: Record, claims: tuple[Claim, ...], hours: float, trial: Trial) -> Record:
    """One whole drill, some hours from now."""
    now = NOW + hours * HOUR
    known = rounds.listed(record, claims, now)
    claim = rounds.next_claim(known, claims)
    return rounds.ended(rounds.begun(known, claim, now), claim, trial, now + timedelta(minutes=2))


def test_everybody_has_a_turn_whatever_comes_out() -> None:
    record, seen = Record(), []
    for hours, trial in enumerate([GOOD, BAD, SKIPPED, GOOD, GOOD, GOOD]):
        before = record
        record = drilled(record, (C, A, B), hours, trial)
        seen += [c for c, one in record.proofs.items() if one.tried != _tried(before, c)]
    assert seen == [A, B, C, A, B, C]


def _tried(record: Record, claim: Claim) -> object:
    known = record.proofs.get(claim)
    return known.tried if known else None


def test_a_pvc_that_was_never_tried_goes_first() -> None:
    record = drilled(Record(), (A,), 0, GOOD)
    record = drilled(record, (A, B), 1, GOOD)
    assert record.proofs[B].proven


def test_only_a_good_drill_proves() -> None:
    record = drilled(Record(), (A,), 0, GOOD)
    proven = record.proofs[A].proven
    assert proven == NOW + timedelta(minutes=2)
    assert record.proofs[A].seconds == 120
    for hours, trial in ((1, BAD), (2, SKIPPED)):
        record = drilled(record, (A,), hours, trial)
        assert record.proofs[A].proven == proven
        assert (record.proofs[A].last.outcome, record.proofs[A].last.reason) == (
            trial.outcome,
            trial.reason,
        )
    record = drilled(record, (A,), 3, GOOD)
    assert (record.proofs[A].last.outcome, record.proofs[A].last.reason) == (Outcome.GOOD, "")
    assert record.proofs[A].proven == NOW + 3 * HOUR + timedelta(minutes=2)


def test_a_drill_that_was_killed_has_failed_and_holds_up_nobody() -> None:
    known = rounds.listed(Record(), (A, B), NOW)
    killed = rounds.begun(known, rounds.next_claim(known, (A, B)), NOW)
    assert killed.proofs[A].last.outcome == Outcome.NONE  # it may still run
    record = drilled(killed, (A, B), 1, GOOD)
    assert (record.proofs[A].last.outcome, record.proofs[A].last.reason) == (
        Outcome.FAILED,
        rounds.NO_END,
    )
    assert record.proofs[B].last.outcome == Outcome.GOOD


def test_a_drill_that_was_stopped_by_the_repository_says_nothing_of_its_pvc() -> None:
    record = rounds.begun(rounds.listed(Record(), (A,), NOW), A, NOW)
    record = rounds.stopped(record, "the repository's path cannot be read", NOW + HOUR)
    assert record.problem == "the repository's path cannot be read"
    assert rounds.listed(record, (A,), NOW).proofs[A].last.outcome == Outcome.NONE
    assert drilled(record, (A,), 2, GOOD).problem == ""


def test_backups_that_are_gone_have_failed_until_they_are_proven_again() -> None:
    record = drilled(Record(), (A, B), 0, GOOD)
    record = drilled(record, (B,), 1, GOOD)
    assert (record.proofs[A].last.outcome, record.proofs[A].last.reason) == (
        Outcome.FAILED,
        rounds.LOST,
    )
    assert record.proofs[A].proven == NOW + timedelta(minutes=2)
    assert drilled(record, (A, B), 2, GOOD).proofs[A].last.outcome == Outcome.GOOD


def test_a_proof_is_told_even_if_its_pvc_was_forgotten_meanwhile() -> None:
    begun = rounds.begun(Record(), A, NOW)
    assert begun.proofs[A].is_running
    assert rounds.ended(Record(), A, GOOD, NOW).proofs[A].last.outcome == Outcome.GOOD


def test_the_longest_pause_of_a_schedule_counts() -> None:
    assert rounds.longest_pause("20 */6 * * *", NOW, "UTC") == 6 * HOUR
    assert rounds.longest_pause("0 8,20 * * 1-5", NOW, "UTC") == 60 * HOUR
    with pytest.raises(ScheduleError):
        rounds.longest_pause("now and then", NOW, "UTC")


@pytest.mark.parametrize("proven", [True, False])
@pytest.mark.parametrize(("count", "slots"), [(1, 3), (4, 9)])
def test_a_proof_is_old_after_two_rounds_and_one_drill(
    count: int, slots: int, proven: bool
) -> None:
    age = slots * 6 * HOUR
    one = Proof(since=NOW - age, last=Trial(outcome=Outcome.SKIPPED))
    if proven:
        one = Proof(since=NOW - 100 * age, proven=NOW - age)
    assert not rounds.is_old(one, NOW, 6 * HOUR, count)
    assert rounds.is_old(one, NOW + timedelta(seconds=1), 6 * HOUR, count)


def test_drills_that_have_stopped_or_never_began_are_late() -> None:
    for record, created in (
        (Record(ended=NOW), NOW - 100 * HOUR),
        (Record(), NOW),
    ):
        assert not rounds.is_late(record, created, NOW + 18 * HOUR, 6 * HOUR)
        assert rounds.is_late(record, created, NOW + 18.1 * HOUR, 6 * HOUR)
