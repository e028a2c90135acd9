"""The snapshots of each source. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from contract.names import Identity
from kopia.snapshots import Snapshot, newest_complete


@dataclass(frozen=True, kw_only=True)
class History:
    """All snapshots of one identity; `newest` is the newest complete one."""

    source: Identity
    snapshots: tuple[Snapshot, ...]
    newest: Snapshot | None

    def holds(self, other: "History") -> bool:
        """Whether each complete snapshot of the other has a copy here, as kopia copies them."""
        return _marks(other) <= _marks(self)


Histories = Mapping[Identity, History]


def histories(snapshots: Iterable[Snapshot]) -> Histories:
    """Groups a whole listing, in the order of identities."""
    groups: dict[Identity, list[Snapshot]] = {}
    for snapshot in snapshots:
        groups.setdefault(snapshot.identity, []).append(snapshot)
    return {
        source: History(
            source=source,
            snapshots=tuple(
                sorted(groups[source], key=lambda snapshot: (snapshot.start, snapshot.id))
            ),
            newest=newest_complete(groups[source], source),
        )
        for source in sorted(groups)
    }


def _marks(history: History) -> frozenset[tuple[object, ...]]:
    # Kopia gives a copied snapshot a new id and keeps everything else.
    return frozenset(
        (snapshot.start, snapshot.end, snapshot.files, snapshot.dirs, snapshot.bytes)
        for snapshot in history.snapshots
        if snapshot.is_complete
    )
