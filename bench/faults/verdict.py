"""Judges an answer by what was ever backed up. Written without the product's own rules."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, auto
from typing import Any

from bench.faults.model import Backup
from contract.answer import Decision, Field, Status
from contract.names import DATA_PATH, Claim, identity, legacy_identities


class Verdict(StrEnum):
    """The verdicts on an answer."""

    RIGHT = auto()
    DENIED = auto()  # nothing binds, and a retry asks again
    OLDER = auto()  # a backup that ended a moment before the question was not known yet
    BLIND = auto()  # like wrong, but the index lost the backup silently, and so did the cluster
    WRONG = auto()  # empty over a backup, or another backup than the newest that was known


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question and its answer; times are virtual seconds."""

    claim: Claim
    as_of: datetime | None
    start_empty: str  # "" where the question names nothing to leave behind
    arrived: float
    answered: float
    is_blind: bool  # index files are silently gone, and no memory holds the newest backup
    status: int
    body: Mapping[str, Any]


def judge(question: Question, backups: Iterable[Backup]) -> Verdict:
    """The verdict, by all backups that the right repository has ever held."""
    decision = question.body[Field.DECISION]
    if question.status != Status.KNOWN or decision not in (Decision.RESTORE, Decision.FRESH):
        return Verdict.DENIED
    verdict = (_fresh if decision == Decision.FRESH else _restore)(question, list(backups))
    return Verdict.BLIND if verdict is Verdict.WRONG and question.is_blind else verdict


def lag(question: Question, backups: Iterable[Backup]) -> float:
    """Seconds between the end of the newest backup and the question that was answered without."""
    newest = _newest(question, backups, question.arrived)
    return question.arrived - newest.since if newest else 0.0


def _fresh(question: Question, backups: list[Backup]) -> Verdict:
    names = _names(question.claim)
    earlier = [
        backup
        for backup in backups
        if backup.since <= question.arrived and _source(backup) in names
    ]
    if all(backup.snapshot.identity.path != DATA_PATH for backup in earlier):
        return Verdict.RIGHT
    # Only the newest one counts as left behind on purpose: an older id is a leftover. One that
    # ended between question and answer may be known, or not yet.
    ends = {
        backup.since for backup in backups if question.arrived < backup.since <= question.answered
    }
    newest = [
        _newest(question, backups, by) or _latest(earlier) for by in (question.arrived, *ends)
    ]
    named = any(backup and backup.snapshot.id == question.start_empty for backup in newest)
    return Verdict.RIGHT if named else Verdict.WRONG


def is_known(question: Question, backups: Iterable[Backup], traces: Collection[str]) -> bool:
    """Whether the backup that the answer had to rest on was ever listed, or heard of.

    For a restore that is the one to restore; else any trace of a backup would do.
    """
    if question.body[Field.DECISION] == Decision.RESTORE:
        newest = [_newest(question, backups, question.arrived)]
    else:
        newest = _newest_of_any_kind(question.claim, backups, question.arrived)
    return any(backup and backup.snapshot.id in traces for backup in newest)


def _newest_of_any_kind(claim: Claim, backups: Iterable[Backup], by: float) -> list[Backup | None]:
    earlier = [
        backup for backup in backups if backup.since <= by and _source(backup) in _names(claim)
    ]
    own = [backup for backup in earlier if backup.snapshot.identity == identity(claim)]
    return [_latest(earlier), _latest(backup for backup in own if backup.snapshot.is_complete)]


def is_clear(question: Question, backups: Iterable[Backup]) -> bool:
    """Whether the question has an answer: a backup to restore, or no trace of any."""
    all_backups = list(backups)
    names = _names(question.claim)
    traces = any(
        backup.since <= question.answered and _source(backup) in names for backup in all_backups
    )
    return _newest(question, all_backups, question.arrived) is not None or not (
        traces or question.as_of
    )


def _names(claim: Claim) -> set[tuple[str, str]]:
    return {(i.user, i.host) for i in {identity(claim)} | legacy_identities(claim)}


def _source(backup: Backup) -> tuple[str, str]:
    return backup.snapshot.identity.user, backup.snapshot.identity.host


def _latest(backups: Iterable[Backup]) -> Backup | None:
    return max(
        backups, key=lambda backup: (backup.snapshot.start, backup.snapshot.id), default=None
    )


def _restore(question: Question, backups: list[Backup]) -> Verdict:
    chosen = [backup for backup in backups if backup.snapshot.id == question.body[Field.SNAPSHOT]]
    fitting = [backup for backup in chosen if backup in _fits(question, backups, question.answered)]
    if not fitting:
        return Verdict.WRONG
    newest = _newest(question, backups, question.arrived)
    if newest is None or fitting[0].snapshot.start >= newest.snapshot.start:
        return Verdict.RIGHT
    # The listing behind the answer had to show the newest, if that had ended when it began.
    began = question.answered - question.body[Field.AGE]
    return Verdict.OLDER if newest.since > began else Verdict.WRONG


def _newest(question: Question, backups: Iterable[Backup], by: float) -> Backup | None:
    return _latest(_fits(question, backups, by))


def _fits(question: Question, backups: Iterable[Backup], by: float) -> list[Backup]:
    return [
        backup
        for backup in backups
        if backup.since <= by
        and backup.snapshot.identity == identity(question.claim)
        and backup.snapshot.is_complete
        and (question.as_of is None or backup.snapshot.start <= question.as_of)
    ]
