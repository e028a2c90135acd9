"""Matches sources with PVCs, and decides what is to be done. Pure; never guesses in doubt."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from adopt.history import Histories, History
from adopt.layout import Declared, Owners, owners
from contract.names import Claim, Identity, claim_of, identity


class Fate(StrEnum):
    """What happens to a source; each has exactly one fate."""

    RECOGNISED = "recognised"  # its PVC would be restored from it
    RENAME = "rename"  # one PVC's, and nobody else's, under another name
    COPIED = "copied"  # its PVC has every snapshot of it already
    AMBIGUOUS = "ambiguous"  # two PVCs may own it, or it is one of two of a PVC
    INCOMPLETE = "incomplete"  # it holds nothing that can be restored
    UNCLAIMED = "unclaimed"  # no PVC of the cluster fits


class State(StrEnum):
    """What would happen to a PVC that is created again."""

    RECOGNISED = "recognised"
    RENAME = "rename"
    AMBIGUOUS = "ambiguous"
    INCOMPLETE = "incomplete"
    NO_BACKUP = "no-backup"


@dataclass(frozen=True, kw_only=True)
class Match:
    """The verdict on all sources and all PVCs."""

    owners: Mapping[Identity, Owners]
    fates: Mapping[Identity, Fate]
    states: Mapping[Claim, State]


def match(histories: Histories, claims: Collection[Claim], declared: Declared) -> Match:
    """Judges every source and every PVC."""
    source_owners = owners(histories, claims, declared)
    own_fates = {
        source: _own_fate(history, source_owners[source], histories)
        for source, history in histories.items()
    }
    candidates = _candidates(own_fates, source_owners)
    fates = {
        source: fate
        or _relative_fate(
            histories[source], _only_owner(source_owners[source]), candidates, histories
        )
        for source, fate in own_fates.items()
    }
    sources_of: dict[Claim, list[Identity]] = {claim: [] for claim in sorted(claims)}
    for source, pvc_owners in source_owners.items():
        for claim in pvc_owners.keys() & sources_of.keys():
            sources_of[claim].append(source)
    states = {claim: _state(claim, sources, fates) for claim, sources in sources_of.items()}
    return Match(owners=source_owners, fates=fates, states=states)


def _own_fate(history: History, owners: Owners, histories: Histories) -> Fate | None:
    """The fate of a source that does not depend on other sources of its PVC; None where it does."""
    if not owners:
        return Fate.UNCLAIMED
    if history.newest is None:
        return Fate.INCOMPLETE
    # A copy does not prevent this project from reading the original as another PVC's backup.
    if claim_of(history.source) is None and any(
        _is_copied(history, claim, histories) for claim in owners
    ):
        return Fate.COPIED
    return Fate.AMBIGUOUS if len(owners) > 1 else None


def _is_copied(history: History, claim: Claim, histories: Histories) -> bool:
    exact = histories.get(identity(claim))
    return exact is not None and exact.source != history.source and exact.holds(history)


def _candidates(
    own_fates: Mapping[Identity, Fate | None], source_owners: Mapping[Identity, Owners]
) -> Mapping[Claim, list[Identity]]:
    """For each PVC the sources with restorable snapshots that may be its own."""
    candidates: dict[Claim, list[Identity]] = {}
    for source, fate in own_fates.items():
        if fate in (None, Fate.AMBIGUOUS):
            for claim in source_owners[source]:
                candidates.setdefault(claim, []).append(source)
    return candidates


def _relative_fate(
    history: History, claim: Claim, candidates: Mapping[Claim, list[Identity]], histories: Histories
) -> Fate:
    """The fate of a source with one owner, beside the other sources of that PVC."""
    others = [histories[source] for source in candidates[claim] if source != history.source]
    if history.source != identity(claim):
        return Fate.AMBIGUOUS if others else Fate.RENAME
    # An older candidate does no harm; a newer one may hold the PVC's latest data.
    return Fate.AMBIGUOUS if _has_newer(others, history) else Fate.RECOGNISED


def _has_newer(others: Iterable[History], history: History) -> bool:
    reference = history.newest
    snapshots = [other.newest for other in others if other.newest]
    return reference is None or any(snapshot.start > reference.start for snapshot in snapshots)


def _only_owner(owners: Owners) -> Claim:
    (claim,) = owners
    return claim


def _state(claim: Claim, sources: Iterable[Identity], fates: Mapping[Identity, Fate]) -> State:
    if fates.get(identity(claim)) is Fate.RECOGNISED:
        return State.RECOGNISED
    present = {fates[source] for source in sources}
    for fate in (Fate.AMBIGUOUS, Fate.RENAME, Fate.INCOMPLETE):
        if fate in present:
            return State(fate.value)
    return State.NO_BACKUP
