"""Judges an answer by what was ever backed up. Written without the product's own rules."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, auto
from typing import Any

from bench.faults.model import Backup
from contract.answer import Decision, Field, Status
from contract.names import DATA_PATH, Claim, identity, legacy_identities


class Verdict(StrEnum):
    """What an answer was worth."""

    RIGHT = auto()
    DENIED = auto()  # nothing binds, and a retry asks again
    OLDER = auto()  # a backup that ended a moment before the question was not known yet
    BLIND = auto()  # like wrong, but the index lost the backup silently, and so did the cluster
    WRONG = auto()  # empty over a backup, or another backup than the newest that was known


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A question and its answer; times are virtual seconds."""

    claim: Claim
    as_of: datetime | None
    start_empty: str  # "" where the question names nothing to leave behind
    arrived: float
    answered: float
    is_blind: bool  # index files are silently gone, and no memory holds the newest backup
    status: int
    body: Mapping[str, Any]


def judge(asked: Asked, backups: Iterable[Backup]) -> Verdict:
    """The verdict, by all backups that the right repository has ever held."""
    decision = asked.body[Field.DECISION]
    if asked.status != Status.KNOWN or decision not in (Decision.RESTORE, Decision.FRESH):
        return Verdict.DENIED
    found = (_fresh if decision == Decision.FRESH else _restore)(asked, list(backups))
    return Verdict.BLIND if found is Verdict.WRONG and asked.is_blind else found


def lag(asked: Asked, backups: Iterable[Backup]) -> float:
    """Seconds between the end of the newest backup and the question that was answered without."""
    newest = _newest(asked, backups, asked.arrived)
    return asked.arrived - newest.since if newest else 0.0


def _fresh(asked: Asked, backups: list[Backup]) -> Verdict:
    names = _names(asked.claim)
    known = [one for one in backups if one.since <= asked.arrived and _source(one) in names]
    if all(one.snapshot.identity.path != DATA_PATH for one in known):
        return Verdict.RIGHT
    # Only the newest one counts as left behind on purpose: an older id is a leftover. One that
    # ended between question and answer may be known, or not yet.
    ends = {one.since for one in backups if asked.arrived < one.since <= asked.answered}
    newest = [_newest(asked, backups, by) or _latest(known) for by in (asked.arrived, *ends)]
    named = any(one and one.snapshot.id == asked.start_empty for one in newest)
    return Verdict.RIGHT if named else Verdict.WRONG


def newest_of(claim: Claim, backups: Iterable[Backup], by: float) -> list[Backup]:
    """The newest backup that may be of this PVC, and the newest that a restore would take."""
    known = [one for one in backups if one.since <= by and _source(one) in _names(claim)]
    own = [one for one in known if one.snapshot.identity == identity(claim)]
    found = (_latest(known), _latest(one for one in own if one.snapshot.is_complete))
    return [one for one in found if one]


def is_clear(asked: Asked, backups: Iterable[Backup]) -> bool:
    """Whether the question has an answer: a backup to restore, or no trace of any."""
    found = list(backups)
    names = _names(asked.claim)
    traces = any(one.since <= asked.answered and _source(one) in names for one in found)
    return _newest(asked, found, asked.arrived) is not None or not (traces or asked.as_of)


def _names(claim: Claim) -> set[tuple[str, str]]:
    return {(i.user, i.host) for i in {identity(claim)} | legacy_identities(claim)}


def _source(backup: Backup) -> tuple[str, str]:
    return backup.snapshot.identity.user, backup.snapshot.identity.host


def _latest(backups: Iterable[Backup]) -> Backup | None:
    return max(backups, key=lambda one: (one.snapshot.start, one.snapshot.id), default=None)


def _restore(asked: Asked, backups: list[Backup]) -> Verdict:
    chosen = [one for one in backups if one.snapshot.id == asked.body[Field.SNAPSHOT]]
    fitting = [one for one in chosen if one in _fits(asked, backups, asked.answered)]
    if not fitting:
        return Verdict.WRONG
    newest = _newest(asked, backups, asked.arrived)
    if newest is None or fitting[0].snapshot.start >= newest.snapshot.start:
        return Verdict.RIGHT
    # The listing behind the answer had to show the newest, if that had ended when it began.
    began = asked.answered - asked.body[Field.AGE]
    return Verdict.OLDER if newest.since > began else Verdict.WRONG


def _newest(asked: Asked, backups: Iterable[Backup], by: float) -> Backup | None:
    return _latest(_fits(asked, backups, by))


def _fits(asked: Asked, backups: Iterable[Backup], by: float) -> list[Backup]:
    return [
        one
        for one in backups
        if one.since <= by
        and one.snapshot.identity == identity(asked.claim)
        and one.snapshot.is_complete
        and (asked.as_of is None or one.snapshot.start <= asked.as_of)
    ]
