"""Text format of the ledger, and which of its ConfigMaps have to be written. Pure.

One line an identity: user, host, time and id of the newest complete snapshot ever known; where
there was none, of the newest half one, and the word for it. Lines are replaced and never removed.
The last line tells how many there are: a text that was cut is no shorter ledger. A long text is
packed.
"""

import base64
import json
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any

from contract.ledger import NAMESPACE_LIMIT, SHARD_NAMES, SHARDS, shard
from contract.names import Identity, is_askable
from contract.times import SKEW, exact_text, parse_strict
from kopia.snapshots import ID
from plumber.knowledge import UNKNOWN_TIME, Full, Mark, Marks, newer

# Characters, all of them ASCII; a ConfigMap may hold 1 MiB, with its labels and annotations.
TEXT_LIMIT = 1_000_000
PLAIN_LIMIT = 100_000  # a longer text is packed
# What a line can add to a shard: the longest one has 420 characters, and base64 adds a third.
LINE_LIMIT = 600
PACKED = "zlib:"
UNPACKED_LIMIT = 64 << 20  # bytes; more is no ledger of ours

HALF = "half"

# What is kept asks for one path only. By key: a comparison of each pair takes most of the time.
_USER_AND_HOST, _HOST_AND_USER = attrgetter("user", "host"), attrgetter("host", "user")

ConfigMap = Mapping[str, Any]


class LedgerError(Exception):
    """The ledger cannot be trusted, or cannot be written; the text says why."""


class LedgerLost(LedgerError):
    """A ledger that was begun is gone, or damaged."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Stored against remembered: `marks` is all that is kept, `texts` what shards lack."""

    marks: Marks
    texts: Mapping[str, str]  # by shard
    is_urgent: bool  # an identity is missing there altogether, or a whole shard
    full: Full  # where there is no room for another identity


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
    What finds no room is left out, which concerns its own shard or namespace only.
    """
    kept: dict[Identity, Mark] = {}
    by_shard: dict[str, dict[Identity, Mark]] = {}
    missing = set[str]()
    for name in SHARD_NAMES:
        try:
            by_shard[name] = _read(stored, name)
        except LedgerLost:
            if stored.is_begun and not was_read:
                raise
            by_shard[name] = {}
            missing.add(name)
        kept |= by_shard[name]
    lacking = {i: mark for i, mark in newer(remembered, kept).items() if is_askable(i)}
    admitted, namespaces = _within_bounds(kept, lacking)
    news: dict[str, dict[Identity, Mark]] = {name: {} for name in missing}
    for identity, mark in admitted.items():
        news.setdefault(shard(identity), {})[identity] = mark
    texts, shards = dict[str, str](), set[str]()
    for name in SHARD_NAMES:
        own, space = by_shard[name], TEXT_LIMIT - _others(stored, name)
        if name in news:
            by_shard[name], text = _fill(own, news[name], space)
            if by_shard[name] != own or name in missing:
                texts[name] = text
        else:
            text = stored.shards[name]["data"][stored.repository]
        if space - len(text) < LINE_LIMIT:
            shards.add(name)
    return Comparison(
        marks={i: mark for own in by_shard.values() for i, mark in own.items()},
        texts=texts,
        is_urgent=bool(missing) or any(i not in kept for name in texts for i in by_shard[name]),
        full=Full(shards=frozenset(shards), namespaces=namespaces),
    )


def dump(marks: Marks, name: str) -> str:
    """The text of one shard."""
    return _text({identity: mark for identity, mark in marks.items() if shard(identity) == name})


def parse(text: str, name: str) -> dict[Identity, Mark]:
    """The marks of one shard. Raises LedgerLost for anything but whole lines of its own."""
    marks: dict[Identity, Mark] = {}
    try:
        *lines, count = _unpacked(text).splitlines() or [""]
        if json.loads(count) != len(lines):
            raise ValueError
        for line in lines:
            user, host, time, number, *more = json.loads(line)
            identity = Identity(user, host)
            if shard(identity) != name or not ID.fullmatch(number) or more not in ([], [HALF]):
                raise ValueError
            marks[identity] = Mark(parse_strict(time), number, not more)
    except (ValueError, TypeError, AttributeError, RecursionError, zlib.error):
        raise LedgerLost(
            f"the ledger of known backups is damaged: ConfigMap {name} cannot be read"
        ) from None
    return marks


def _within_bounds(kept: Marks, lacking: Marks) -> tuple[Marks, frozenset[str]]:
    """What namespaces have room for, and those that are full: nobody takes the room of others."""
    counts = Counter(identity.host for identity in kept)
    admitted: dict[Identity, Mark] = {}
    for identity in sorted(lacking, key=_USER_AND_HOST):
        if identity not in kept:
            if counts[identity.host] >= NAMESPACE_LIMIT:
                continue
            counts[identity.host] += 1
        admitted[identity] = lacking[identity]
    full = (namespace for namespace, count in counts.items() if count >= NAMESPACE_LIMIT)
    return admitted, frozenset(full)


def _fill(own: Marks, more: Marks, space: int) -> tuple[dict[Identity, Mark], str]:
    """The marks of one shard with as many of the new ones as fit, and its text."""
    updated = {i: mark for i, mark in {**own, **more}.items() if i in own}
    waiting = sorted(more.keys() - own.keys(), key=_USER_AND_HOST)
    marks, text = updated, ""
    # How well a text can be packed is known afterwards only.
    fitting, beyond = 0, len(waiting) + 1
    count = len(waiting)
    while fitting + 1 < beyond:
        tried = updated | {identity: more[identity] for identity in waiting[:count]}
        packed = _text(tried)
        if len(packed) <= space:
            fitting, marks, text = count, tried, packed
        else:
            beyond = count
        count = (fitting + beyond) // 2
    return marks, text or _text(marks)


def _text(marks: Marks) -> str:
    # By namespace, since what repeats nearby packs well.
    by_namespace = sorted(marks, key=_HOST_AND_USER)
    lines = [json.dumps(_line(identity, marks[identity])) for identity in by_namespace]
    text = "\n".join([*lines, json.dumps(len(lines))])
    if len(text) <= PLAIN_LIMIT:
        return text
    return PACKED + base64.b64encode(zlib.compress(text.encode())).decode()


def _unpacked(text: str) -> str:
    if not text.startswith(PACKED):
        return text
    unpacker = zlib.decompressobj()
    content = unpacker.decompress(base64.b64decode(text.removeprefix(PACKED)), UNPACKED_LIMIT)
    if not unpacker.eof:
        raise ValueError
    return content.decode()


def _line(identity: Identity, mark: Mark) -> list[str]:
    line = [identity.user, identity.host, exact_text(mark.time), mark.id]
    return line if mark.is_complete else [*line, HALF]


def _others(stored: Stored, name: str) -> int:
    """Characters that the ledgers of other repositories take in a shard."""
    data = stored.shards.get(name, {}).get("data") or {}
    return sum(len(key) + len(text) for key, text in data.items() if key != stored.repository)


def _read(stored: Stored, name: str) -> dict[Identity, Mark]:
    data = stored.shards.get(name, {}).get("data") or {}
    if stored.repository not in data:
        text = f"the ledger of known backups is gone: ConfigMap {name} does not hold it"
        raise LedgerLost(text)
    # One from a clock that was ahead gives way to the next that is known; until then it is a trace.
    latest = stored.read_at + SKEW
    return {
        i: mark._replace(time=UNKNOWN_TIME) if mark.time > latest else mark
        for i, mark in _askable(data[stored.repository], name)
    }


@lru_cache(maxsize=2 * SHARDS)  # it is read for each `fresh`, and has seldom changed since
def _askable(text: str, name: str) -> Iterable[tuple[Identity, Mark]]:
    # An earlier release wrote whatever had been backed up, or was made up.
    return tuple((i, mark) for i, mark in parse(text, name).items() if is_askable(i))
