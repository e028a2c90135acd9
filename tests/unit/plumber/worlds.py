"""Knowledge of one repository and a question about one PVC, with some changes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from contract.names import Claim, identity
from kopia.snapshots import Snapshot
from plumber.answer import Answer
from plumber.decision import decide
from plumber.knowledge import Knowledge, Mark, Memory, Moment, Question, listing_of, marks_of, newer

Make = Callable[..., Snapshot]
HERE, ELSEWHERE = "a" * 64, "b" * 64
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
NOW = Moment(monotonic=100.0, wall=NOON + timedelta(hours=6))
DATA = Claim("media", "data")
ASKED = Question(claim=DATA, arrived=90.0)


def known(
    *snapshots: Snapshot, began: float = 95.0, marks: Any = None, **changes: Any
) -> Knowledge:
    listing = listing_of(snapshots, repository=HERE, began=began)
    listed = marks_of(listing)
    both = {**listed, **newer(marks or {}, listed)}
    memory = Memory(repository=HERE, marks=both, read=95.0, trouble="")
    return replace(Knowledge(listing=listing, pinned=HERE, memory=memory), **changes)


def ask(knowledge: Knowledge, **changes: Any) -> Answer:
    return decide(knowledge, replace(ASKED, **changes), NOW)


MARK = Mark(NOON, "c" * 32)
MINE = identity(DATA)


def memory(marks: Any, **changes: Any) -> Memory:
    """A memory that has read the ledger."""
    return replace(Memory(repository=HERE, read=95.0, trouble="", marks=marks), **changes)


def learnt(*snapshots: Snapshot, began: float = 90.0, **changes: Any) -> Knowledge:
    """What a service knows that has listed these, read the ledger and hears of backups."""
    listing = listing_of(snapshots, repository=HERE, began=began)
    plain = Memory(
        repository=HERE, marks=marks_of(listing), read=NOW.monotonic, trouble="", is_told=True
    )
    return Knowledge(listing=listing, pinned=HERE, memory=replace(plain, **changes))
