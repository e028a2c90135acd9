"""Which source is which PVC's, and what is to be done about it. Pure; a doubt is never guessed."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from adopt.history import Histories, History
from adopt.layout import Declared, Owners, owners
from contract.names import Claim, Identity, claim_of, identity


class Fate(StrEnum):
    """What becomes of a source; each has exactly one."""

    RECOGNISED = "recognised"  # its PVC would be restored from it
    RENAME = "rename"  # one PVC's, and nobody else's, under another name
    COPIED = "copied"  # its PVC has every snapshot of it already
    AMBIGUOUS = "ambiguous"  # two PVCs may own it, or it is one of two of a PVC
    INCOMPLETE = "incomplete"  # it holds nothing that can be restored
    UNCLAIMED = "unclaimed"  # no PVC of the cluster fits


class State(StrEnum):
    """What a PVC can expect."""

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


def match(found: Histories, claims: Collection[Claim], declared: Declared) -> Match:
    """Judges every source and every PVC."""
    whose = owners(found, claims, declared)
    settled = {source: _alone(history, whose[source], found) for source, history in found.items()}
    rivals = _rivals(settled, whose)
    fates = {
        source: fate or _among(found[source], _only(whose[source]), rivals, found)
        for source, fate in settled.items()
    }
    mine: dict[Claim, list[Identity]] = {claim: [] for claim in sorted(claims)}
    for source, its in whose.items():
        for claim in its.keys() & mine.keys():
            mine[claim].append(source)
    states = {claim: _state(claim, sources, fates) for claim, sources in mine.items()}
    return Match(owners=whose, fates=fates, states=states)


def _alone(history: History, its: Owners, found: Histories) -> Fate | None:
    """The fate that does not hang on other sources of its PVC; None where it does."""
    if not its:
        return Fate.UNCLAIMED
    if history.newest is None:
        return Fate.INCOMPLETE
    # A copy does not keep this project from reading the first one as a PVC's.
    if claim_of(history.source) is None and any(_is_copied(history, one, found) for one in its):
        return Fate.COPIED
    return Fate.AMBIGUOUS if len(its) > 1 else None


def _is_copied(history: History, claim: Claim, found: Histories) -> bool:
    exact = found.get(identity(claim))
    return exact is not None and exact.source != history.source and exact.holds(history)


def _rivals(
    settled: Mapping[Identity, Fate | None], whose: Mapping[Identity, Owners]
) -> Mapping[Claim, list[Identity]]:
    """The sources of each PVC that hold something which may be its."""
    rivals: dict[Claim, list[Identity]] = {}
    for source, fate in settled.items():
        if fate in (None, Fate.AMBIGUOUS):
            for claim in whose[source]:
                rivals.setdefault(claim, []).append(source)
    return rivals


def _among(
    history: History, claim: Claim, rivals: Mapping[Claim, list[Identity]], found: Histories
) -> Fate:
    """The fate of a source with one owner, beside the other sources of that PVC."""
    others = [found[source] for source in rivals[claim] if source != history.source]
    if history.source != identity(claim):
        return Fate.AMBIGUOUS if others else Fate.RENAME
    # An older rival takes nothing away; a newer one may be what the PVC really held last.
    return Fate.AMBIGUOUS if _any_newer(others, history) else Fate.RECOGNISED


def _any_newer(others: Iterable[History], than: History) -> bool:
    known = than.newest
    newest = [other.newest for other in others if other.newest]
    return known is None or any(one.start > known.start for one in newest)


def _only(its: Owners) -> Claim:
    (claim,) = its
    return claim


def _state(claim: Claim, sources: Iterable[Identity], fates: Mapping[Identity, Fate]) -> State:
    if fates.get(identity(claim)) is Fate.RECOGNISED:
        return State.RECOGNISED
    present = {fates[source] for source in sources}
    for fate in (Fate.AMBIGUOUS, Fate.RENAME, Fate.INCOMPLETE):
        if fate in present:
            return State(fate.value)
    return State.NO_BACKUP
