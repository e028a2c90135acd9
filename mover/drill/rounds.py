"""Which restores have been proven, and which PVC is drilled next. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from contract.names import Claim
from mover import schedule

ROUNDS = 2  # of drills over all PVCs, after which a proof is old
SLOTS = 10  # of the schedule, looked at for the longest pause between two drills
MISSED = 3  # such pauses, after which a drill that has not ended is late
FIRST = datetime.min.replace(tzinfo=UTC)

NO_END = "a drill of it ended without a result"
LOST = "none of its snapshots is listed any more"


class Outcome(StrEnum):
    """How the drill of a PVC ended."""

    NONE = ""  # there was none yet
    GOOD = "good"
    FAILED = "failed"
    SKIPPED = "skipped"  # proves nothing, in either direction


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What one drill has found."""

    outcome: Outcome = Outcome.NONE
    reason: str = ""  # of a failure or a skip
    snapshot: str = ""
    time: str = ""  # of the snapshot, RFC 3339 UTC
    files: int = 0
    bytes: int = 0


NO_TRIAL = Trial()


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What is known of one PVC."""

    since: datetime  # its snapshots have been listed since then
    tried: datetime | None = None  # a drill began
    is_running: bool = False  # it has no result yet; one that was killed never will
    last: Trial = NO_TRIAL  # the last one that has ended
    seconds: int = 0  # that it took
    proven: datetime | None = None  # the last good end


@dataclass(frozen=True, kw_only=True)
class Record:
    """What all drills on one repository have left."""

    proofs: Mapping[Claim, Proof] = field(default_factory=dict)
    ended: datetime | None = None  # when the last drill ended
    problem: str = ""  # why that one could prove nothing at all


def listed(record: Record, claims: Collection[Claim], now: datetime) -> Record:
    """Adds every PVC that has a complete snapshot now. One that has none any more has failed."""
    proofs = {claim: Proof(since=now) for claim in claims}
    for claim, proof in record.proofs.items():
        current = proof
        if proof.is_running:
            current = replace(_failed(proof, NO_END), is_running=False)
        if claim not in proofs:
            current = _failed(current, LOST)
        proofs[claim] = current
    return replace(record, proofs=proofs)


def next_claim(record: Record, claims: Collection[Claim]) -> Claim:
    """The PVC tried longest ago; never tried goes first. A failure does not hold up others."""
    return min(claims, key=lambda claim: (record.proofs[claim].tried or FIRST, claim))


def begun(record: Record, claim: Claim, now: datetime) -> Record:
    """A drill of a PVC begins."""
    former = record.proofs.get(claim) or Proof(since=now)
    return _with(record, claim, replace(former, tried=now, is_running=True))


def ended(record: Record, claim: Claim, trial: Trial, now: datetime) -> Record:
    """A drill of a PVC ended with a result."""
    former = record.proofs.get(claim) or Proof(since=now)
    proof = replace(
        former,
        is_running=False,
        last=trial,
        seconds=round((now - (former.tried or now)).total_seconds()),
        proven=now if trial.outcome == Outcome.GOOD else former.proven,
    )
    return replace(_with(record, claim, proof), ended=now, problem="")


def stopped(record: Record, problem: str, now: datetime) -> Record:
    """A drill has ended without a result: something was in its way, or nothing was to prove."""
    proofs = {claim: replace(proof, is_running=False) for claim, proof in record.proofs.items()}
    return replace(record, proofs=proofs, ended=now, problem=problem)


def longest_pause(line: str, now: datetime, timezone: str) -> timedelta:
    """The longest time between two of the next drills. Raises ScheduleError."""
    slots = [schedule.following(line, now, timezone)]
    for _ in range(SLOTS):
        slots.append(schedule.following(line, slots[-1], timezone))
    return max(later - sooner for sooner, later in pairwise(slots))


def is_old(proof: Proof, now: datetime, pause: timedelta, count: int) -> bool:
    """Whether a PVC has gone unproven for longer than two rounds over `count` of them take."""
    return now - (proof.proven or proof.since) > (ROUNDS * count + 1) * pause


def is_late(record: Record, created: datetime, now: datetime, pause: timedelta) -> bool:
    """Whether drills have stopped, or have never begun since the record was made."""
    return now - (record.ended or created) > MISSED * pause


def _failed(proof: Proof, reason: str) -> Proof:
    return replace(proof, last=replace(proof.last, outcome=Outcome.FAILED, reason=reason))


def _with(record: Record, claim: Claim, proof: Proof) -> Record:
    return replace(record, proofs={**record.proofs, claim: proof})
