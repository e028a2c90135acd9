"""Judges a restored PVC by the backups that were complete before it was created.

Written without the product's own rules.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, auto


class Verdict(StrEnum):
    """The verdicts on a PVC."""

    RIGHT = auto()
    EMPTY = auto()  # bound without files though a backup had some, or not asked to restore at all
    OLDER = auto()  # an older backup than the newest that was complete
    OTHER = auto()  # not what the backup held
    STUCK = auto()  # not Bound in time


@dataclass(frozen=True, kw_only=True)
class Backup:
    """A backup that its ReplicationSource has reported as complete."""

    snapshot: str
    time: int  # when the snapshot was taken, in seconds
    files: int
    reported: float  # when that was said
    counter: int | None = None  # what it holds for certain; None where that is not known


@dataclass(frozen=True, kw_only=True)
class Restoration:
    """A PVC as it came back."""

    created: float = 0.0  # just before the request that was admitted
    is_bound: bool = False
    restored: str = ""  # the snapshot that it asked for; "" for none
    restored_time: int = 0
    counter: int | None = None  # in its volume; None where that has no files
    is_intact: bool = True  # each file holds what was written to it
    written: int = 0  # the highest counter that was ever written to a PVC of this name


def judge(restoration: Restoration, backups: Iterable[Backup]) -> Verdict:
    """The verdict on a PVC, by the backups that were complete before its creation."""
    if not restoration.is_bound:
        return Verdict.STUCK
    all_backups = list(backups)
    complete = [backup for backup in all_backups if backup.reported < restoration.created]
    newest = max(complete, key=lambda backup: (backup.time, backup.reported), default=None)
    if newest and not restoration.restored:
        return Verdict.EMPTY
    if newest and restoration.restored_time < newest.time:
        return Verdict.OLDER
    return _content(
        restoration,
        complete,
        {backup.snapshot: backup for backup in all_backups}.get(restoration.restored),
    )


def _content(restoration: Restoration, complete: list[Backup], restored: Backup | None) -> Verdict:
    if restoration.counter is None:
        is_so = restored.files == 0 if restored else not any(backup.files for backup in complete)
        return Verdict.RIGHT if is_so else Verdict.EMPTY
    least = max((backup.counter or 0 for backup in complete), default=0)
    is_so = (
        bool(restoration.restored)  # else a new volume has files in it
        and restoration.is_intact
        and least <= restoration.counter <= restoration.written
        and (restored is None or restored.counter in (None, restoration.counter))
    )
    return Verdict.RIGHT if is_so else Verdict.OTHER


def seconds(time: str) -> int:
    """An RFC 3339 time, to the second, as some places tell fractions and others do not."""
    return int(datetime.fromisoformat(time).timestamp())


def backup_of(line: str, reported: float, counters: dict[str, str]) -> Backup | None:
    """The backup in a line of token|snapshot|time|files. None where none is complete.

    `counters` keeps the first snapshot of each token: a later one is not the token's own.
    """
    token, snapshot, time, files = line.split("|")
    if not (snapshot and time):
        return None
    is_own = bool(token) and counters.setdefault(token, snapshot) == snapshot
    return Backup(
        snapshot=snapshot,
        time=seconds(time),
        files=int(files or 0),
        reported=reported,
        counter=int(token) if is_own else None,
    )
