"""Judges how a PVC came back, by the backups that were told to be complete before it was created.

Written without the product's own rules.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, auto


class Verdict(StrEnum):
    """What a PVC was worth in the end."""

    RIGHT = auto()
    EMPTY = auto()  # bound without files though a backup had some, or not asked to restore at all
    OLDER = auto()  # an older backup than the newest that was complete
    OTHER = auto()  # not what the backup held
    STUCK = auto()  # not Bound in time


@dataclass(frozen=True, kw_only=True)
class Backup:
    """A backup whose ReplicationSource has said that it is complete."""

    snapshot: str
    time: int  # when the snapshot was taken, in seconds
    files: int
    told: float  # when that was said
    counter: int | None = None  # what it holds for certain; None where that is not known


@dataclass(frozen=True, kw_only=True)
class Found:
    """A PVC as it came back."""

    created: float = 0.0  # just before the request that was admitted
    is_bound: bool = False
    restored: str = ""  # the snapshot that it asked for; "" for none
    restored_time: int = 0
    counter: int | None = None  # in its volume; None where that has no files
    is_intact: bool = True  # each file holds what was written to it
    written: int = 0  # the highest counter that was ever written to a PVC of this name


def judge(found: Found, told: Iterable[Backup]) -> Verdict:
    """Only what was complete before the PVC was asked for counts."""
    if not found.is_bound:
        return Verdict.STUCK
    every = list(told)
    known = [one for one in every if one.told < found.created]
    newest = max(known, key=lambda one: (one.time, one.told), default=None)
    if newest and not found.restored:
        return Verdict.EMPTY
    if newest and found.restored_time < newest.time:
        return Verdict.OLDER
    return _content(found, known, {one.snapshot: one for one in every}.get(found.restored))


def _content(found: Found, known: list[Backup], held: Backup | None) -> Verdict:
    if found.counter is None:
        is_so = held.files == 0 if held else not any(one.files for one in known)
        return Verdict.RIGHT if is_so else Verdict.EMPTY
    least = max((one.counter or 0 for one in known), default=0)
    is_so = (
        bool(found.restored)  # else a new volume has files in it
        and found.is_intact
        and least <= found.counter <= found.written
        and (held is None or held.counter in (None, found.counter))
    )
    return Verdict.RIGHT if is_so else Verdict.OTHER


def seconds(time: str) -> int:
    """An RFC 3339 time, to the second, as some places tell fractions and others do not."""
    return int(datetime.fromisoformat(time).timestamp())


def backup_of(line: str, told: float, counters: dict[str, str]) -> Backup | None:
    """What a source says: token|snapshot|time|files. None where no backup is complete.

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
        told=told,
        counter=int(token) if is_own else None,
    )
