"""Text format of the ledger, and which of its ConfigMaps have to be written. Pure.

One line an identity: user, host, time and id of the newest complete snapshot ever known; where
there was none, of the newest half one, and the word for it. Lines are replaced and never removed.
The last line tells how many there are: a text that was cut is no shorter ledger.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from contract.ledger import SHARD_NAMES, shard
from contract.names import DATA_PATH, Identity
from contract.times import SKEW, exact_text, parse_strict
from kopia.snapshots import ID
from plumber.knowledge import UNKNOWN_TIME, Mark, Marks, newer

TEXT_LIMIT = 900_000  # characters; a ConfigMap may hold 1 MiB, and other repositories' keys with it

HALF = "half"

ConfigMap = Mapping[str, Any]


class LedgerError(Exception):
    """The ledger cannot be trusted, or cannot be written; the text says why."""


class LedgerLost(LedgerError):
    """A ledger that was begun is gone, or damaged."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Stored against remembered: `marks` is all that either knows, `texts` what shards lack."""

    marks: Marks
    texts: Mapping[str, str]  # by shard
    is_urgent: bool  # an identity is missing there altogether, or a whole shard


@dataclass(frozen=True, kw_only=True)
class Stored:
    """What the API server holds of one repository's ledger."""

    repository: str
    read_at: datetime  # by the API server's clock
    is_begun: bool  # as the pin says
    shards: Mapping[str, ConfigMap] = field(default_factory=dict)


def compare(stored: Stored, remembered: Marks, *, was_read: bool) -> Comparison:
    """Merges both sides. Raises LedgerLost where a begun ledger has lost a shard.

    `was_read`: this process has read all of it before, so that what is lost can be written again.
    """
    kept: dict[Identity, Mark] = {}
    missing = set[str]()
    for name in SHARD_NAMES:
        try:
            kept |= _read(stored, name)
        except LedgerLost:
            if stored.is_begun and not was_read:
                raise
            missing.add(name)
    kept_here = {identity: mark for identity, mark in remembered.items() if is_kept(identity)}
    lacking = newer(kept_here, kept)
    marks = kept | lacking
    changed = {shard(identity) for identity in lacking} | missing
    return Comparison(
        marks=marks,
        texts={name: dump(marks, name) for name in sorted(changed)},
        is_urgent=bool(missing) or any(identity not in kept for identity in lacking),
    )


def is_kept(identity: Identity) -> bool:
    """Whether it is a PVC's identity; the repository may also hold what people back up by hand."""
    return identity.path == DATA_PATH


def dump(marks: Marks, name: str) -> str:
    """The text of one shard. Raises LedgerError where it would not fit."""
    lines = [
        json.dumps(_line(identity, mark))
        for identity, mark in sorted(marks.items())
        if shard(identity) == name
    ]
    text = "\n".join([*lines, json.dumps(len(lines))])
    if len(text) > TEXT_LIMIT:
        raise LedgerError(f"the ledger of known backups is full: ConfigMap {name}")
    return text


def parse(text: str, name: str) -> dict[Identity, Mark]:
    """The marks of one shard. Raises LedgerLost for anything but whole lines of its own."""
    marks: dict[Identity, Mark] = {}
    try:
        *lines, count = text.splitlines() or [""]
        if json.loads(count) != len(lines):
            raise ValueError
        for line in lines:
            user, host, time, number, *more = json.loads(line)
            identity = Identity(user, host)
            if shard(identity) != name or not ID.fullmatch(number) or more not in ([], [HALF]):
                raise ValueError
            marks[identity] = Mark(parse_strict(time), number, not more)
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise LedgerLost(
            f"the ledger of known backups is damaged: ConfigMap {name} cannot be read"
        ) from None
    return marks


def _line(identity: Identity, mark: Mark) -> list[str]:
    line = [identity.user, identity.host, exact_text(mark.time), mark.id]
    return line if mark.is_complete else [*line, HALF]


def _read(stored: Stored, name: str) -> dict[Identity, Mark]:
    data = stored.shards.get(name, {}).get("data") or {}
    if stored.repository not in data:
        text = f"the ledger of known backups is gone: ConfigMap {name} does not hold it"
        raise LedgerLost(text)
    marks = parse(data[stored.repository], name)
    # One from a clock that was ahead gives way to the next that is known; until then it is a trace.
    latest = stored.read_at + SKEW
    return {i: m._replace(time=UNKNOWN_TIME) if m.time > latest else m for i, m in marks.items()}
