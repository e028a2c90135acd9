"""What is known about the repository at one moment, and the question of a request."""

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from contract.ledger import NAMESPACE_LIMIT, shard
from contract.names import Claim, Identity
from contract.times import SKEW
from kopia.snapshots import Snapshot
from kopia.suspect import Source, Suspect

NEVER = -math.inf  # on the monotonic clock
UNKNOWN_TIME = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Moment:
    """One instant on both clocks: only the monotonic one can order requests and listings."""

    monotonic: float
    wall: datetime  # the API server's; UNKNOWN_TIME as long as it has never answered


class Mark(NamedTuple):
    """The newest complete snapshot ever seen of an identity; else the newest incomplete one."""

    time: datetime
    id: str
    is_complete: bool = True

    @property
    def rank(self) -> tuple[bool, datetime, str]:
        """Orders marks: the greatest is the one to keep."""
        return self.is_complete, self.time, self.id


def _rank(snapshot: Snapshot) -> tuple[bool, datetime, str]:
    return snapshot.is_complete, snapshot.order, snapshot.id


Marks = Mapping[Identity, Mark]


@dataclass(frozen=True, kw_only=True)
class Listing:
    """One whole list of the snapshots, taken from the repository with this unique id."""

    repository: str
    began: float  # monotonic: what had been committed before is in it
    snapshots: Mapping[Source, tuple[Snapshot, ...]]
    best: Mapping[Identity, Snapshot]  # of each the newest complete one; else the newest half one
    suspects: tuple[Suspect, ...] = ()  # manifests that cannot be believed

    def of(self, identity: Identity) -> tuple[Snapshot, ...]:
        """The snapshots of exactly this identity, complete or not."""
        return tuple(s for s in self.of_any_path(identity) if s.identity == identity)

    def of_any_path(self, identity: Identity) -> tuple[Snapshot, ...]:
        """The snapshots of this user and host; one of another path is a trace of backups too."""
        return self.snapshots.get((identity.user, identity.host), ())

    def doubt(self, identities: Collection[Identity]) -> str:
        """Why what is listed of these may not be all of it, in words; "" where it is."""
        doubts = [suspect.text() for suspect in self.suspects if suspect.concerns(identities)]
        more = f" (and {len(doubts) - 1} more)" if len(doubts) > 1 else ""
        return f"{doubts[0]}{more}" if doubts else ""


@dataclass(frozen=True, kw_only=True)
class Full:
    """Where the ledger has no room for another identity."""

    shards: frozenset[str] = frozenset()
    namespaces: frozenset[str] = frozenset()

    def refusal(self, identity: Identity) -> str:
        """Why this one, where it is not in the ledger, may have been left out; "" where it fits."""
        why = "the ledger of known backups has no room for this PVC: "
        if identity.host in self.namespaces:
            return f"{why}{NAMESPACE_LIMIT} of namespace {identity.host} are recorded"
        return f"{why}ConfigMap {name} is full" if (name := shard(identity)) in self.shards else ""


@dataclass(frozen=True, kw_only=True)
class Memory:
    """What older listings, other replicas and the movers have reported, as kept in the ledger."""

    repository: str = ""
    marks: Marks = field(default_factory=dict)
    read: float = NEVER  # monotonic: when the last whole reading of the ledger began
    trouble: str = "the ledger of known backups has not been read yet"  # "" since it last worked
    is_lost: bool = False  # it was reached, and is gone or damaged
    is_told: bool = False  # whether each backup that ends is heard of
    full: Full = field(default_factory=Full)


@dataclass(frozen=True, kw_only=True)
class Knowledge:
    """Everything that a decision is derived from."""

    listing: Listing | None = None  # the last whole one
    trouble: str = ""  # why the last attempt failed; "" where it worked
    pinned: str = ""  # the unique id that counts; "" where none is known
    memory: Memory = field(default_factory=Memory)


@dataclass(frozen=True, kw_only=True)
class Question:
    """What a request asks for, and when it arrived (monotonic)."""

    claim: Claim
    arrived: float
    as_of: datetime | None = None
    start_empty: str = ""  # the snapshot that may be left behind


def listing_of(
    snapshots: Iterable[Snapshot],
    *,
    repository: str,
    began: float,
    suspects: tuple[Suspect, ...] = (),
) -> Listing:
    """Indexes snapshots by identity."""
    groups: dict[Source, list[Snapshot]] = {}
    best: dict[Identity, Snapshot] = {}
    for snapshot in snapshots:
        identity = snapshot.identity
        groups.setdefault((identity.user, identity.host), []).append(snapshot)
        known = best.get(identity)
        if known is None or _rank(snapshot) > _rank(known):
            best[identity] = snapshot
    frozen = {source: tuple(group) for source, group in groups.items()}
    return Listing(
        repository=repository, began=began, snapshots=frozen, best=best, suspects=suspects
    )


def marks_of(listing: Listing) -> Marks:
    """The mark of each listed identity."""
    return {identity: mark_of(snapshot) for identity, snapshot in listing.best.items()}


def mark_of(snapshot: Snapshot) -> Mark:
    """The mark of a snapshot."""
    return Mark(snapshot.start, snapshot.id, snapshot.is_complete)


def past(marks: Marks, now: datetime) -> Marks:
    """The marks, of which one that lies ahead counts as of now: it must not outrank what comes."""
    return {
        identity: mark._replace(time=now) if mark.time > now + SKEW else mark
        for identity, mark in marks.items()
    }


def newer(marks: Marks, than: Marks) -> dict[Identity, Mark]:
    """The marks that are missing in `than`, or rank lower there."""
    return {i: mark for i, mark in marks.items() if i not in than or mark.rank > than[i].rank}
