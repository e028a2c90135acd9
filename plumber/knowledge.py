"""What is known of the repository at one moment, and what somebody asks of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from contract.names import Claim
from kopia.snapshots import Snapshot

Source = tuple[str, str]  # user and host of an identity, whatever its path


@dataclass(frozen=True, kw_only=True)
class Moment:
    """One instant on both clocks: only the monotonic one can order requests and listings."""

    monotonic: float
    wall: datetime


@dataclass(frozen=True, kw_only=True)
class Listing:
    """One whole list of the snapshots, taken from the repository with this unique id."""

    repository: str
    began: float  # monotonic, before the first look at the storage
    snapshots: Mapping[Source, tuple[Snapshot, ...]]


@dataclass(frozen=True, kw_only=True)
class Knowledge:
    """All that a decision may rest on."""

    listing: Listing | None = None  # the last whole one
    trouble: str = ""  # why the last attempt failed; "" where it worked
    pinned: str = ""  # the unique id that counts; "" where none is known
    remembered: frozenset[Source] = field(default_factory=frozenset)  # ever listed


@dataclass(frozen=True, kw_only=True)
class Question:
    """What a request asks for, and when it arrived (monotonic)."""

    claim: Claim
    arrived: float
    as_of: datetime | None = None


def listing_of(snapshots: Iterable[Snapshot], *, repository: str, began: float) -> Listing:
    """Groups snapshots so that a decision looks only at its own."""
    groups: dict[Source, list[Snapshot]] = {}
    for snapshot in snapshots:
        groups.setdefault((snapshot.identity.user, snapshot.identity.host), []).append(snapshot)
    frozen = {source: tuple(group) for source, group in groups.items()}
    return Listing(repository=repository, began=began, snapshots=frozen)


def learn(known: Knowledge, listing: Listing) -> Knowledge:
    """Knowledge after a whole listing. Memory grows, unless the repository is another one."""
    same = known.listing is None or known.listing.repository == listing.repository
    before = known.remembered if same else frozenset[Source]()
    return Knowledge(
        listing=listing,
        pinned=listing.repository,
        remembered=before | listing.snapshots.keys(),
    )
