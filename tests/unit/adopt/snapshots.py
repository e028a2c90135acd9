"""Made-up snapshots and PVCs whose names collide as often as names can."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from adopt.history import Histories, histories
from adopt.layout import Declared
from contract.names import Claim, Identity, identity, legacy_identities
from kopia.snapshots import Snapshot

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def snapshot(source: Identity, hour: int = 0, *, half: bool = False, number: int = 0) -> Snapshot:
    """One begun at that hour after noon."""
    start = NOON + timedelta(hours=hour)
    return Snapshot(
        id=f"{abs(hash((source, hour, half, number))):032x}"[-32:],
        identity=source,
        start=start,
        end=start + timedelta(minutes=1),
        incomplete="canceled" if half else "",
        files=3,
        dirs=1,
        bytes=30,
        errors=0,
    )


def listed(*names: str) -> Histories:
    """One complete snapshot of each `user@host:path`."""
    return histories(snapshot(source(name)) for name in names)


def source(text: str) -> Identity:
    user, _, location = text.partition("@")
    host, _, path = location.partition(":")
    return Identity(user, host, path or "/data")


def copied(
    repository: Histories, old: Identity, new: Identity, *, moved: bool = False
) -> Histories:
    """What kopia's `snapshot copy-history` or `move-history` makes of a repository."""
    snapshots = [item for history in repository.values() for item in history.snapshots]
    if moved:
        snapshots = [item for item in snapshots if item.identity != old]
    copies = {(item.start, item.incomplete) for item in snapshots if item.identity == new}
    new_copies = [
        snapshot(new, round((item.start - NOON) / timedelta(hours=1)), half=bool(item.incomplete))
        for item in repository[old].snapshots
        if (item.start, item.incomplete) not in copies
    ]
    return histories([*snapshots, *new_copies])


NAMES = ("a", "a-backup", "a-volsync", "a.b", "ab", "ab-backup", "x" * 50, "x" * 51)
claims = st.builds(Claim, st.sampled_from(["media", "web"]), st.sampled_from(NAMES))


def _names(claim: Claim) -> Iterable[Identity]:
    users = (claim.name, *(f"{claim.name}{end}" for end in ("-backup", "-volsync")))
    yield from (Identity(user, claim.namespace, path) for user in users for path in ("/data", "/x"))
    yield from legacy_identities(claim)
    yield identity(claim)


sources = st.one_of(
    claims.flatmap(lambda claim: st.sampled_from(sorted(_names(claim)))),
    st.just(Identity("somebody", "laptop", "/home")),
)
listings = st.lists(
    st.builds(snapshot, sources, st.integers(0, 3), half=st.booleans()), max_size=8
).map(histories)
declared: st.SearchStrategy[Declared] = st.dictionaries(
    sources, st.frozensets(claims, min_size=1, max_size=2), max_size=2
)
