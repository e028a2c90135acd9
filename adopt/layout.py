"""Naming layouts of older designs, and the PVCs that may own a source under them. Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum

from contract.names import (
    DATA_PATH,
    Claim,
    Identity,
    claim_of,
    identity,
    legacy_identities,
    shortened_users,
)


class Layout(StrEnum):
    """Why a source is attributed to a PVC. Where several apply, the first one counts."""

    EXACT = "exact"  # this project's naming, which is the origin's
    DECLARED = "declared"  # a ReplicationSource of the fork in this cluster writes it
    SHORTENED = "shortened"  # the origin's, as the fork cuts object names
    EARLIER = "earlier"  # the origin's first form
    PLAIN = "plain"  # the PVC's own name: pvc-plumber v4, and ReplicationSources named so
    OTHER_PATH = "other-path"  # one of these users, but another path than /data


LAYOUT_TEXT = {
    Layout.EXACT: "named as this project and the origin design name it",
    Layout.DECLARED: "a ReplicationSource with a kopia section writes it",
    Layout.SHORTENED: "the origin design's name, shortened by the VolSync fork",
    Layout.EARLIER: "the origin design's name in its first months",
    Layout.PLAIN: "the PVC's bare name, as of the fork's defaults and pvc-plumber v4",
    Layout.OTHER_PATH: f"a user of this PVC, with another path than {DATA_PATH}",
}

EARLIER_SUFFIX = "-volsync"

# The identities that ReplicationSources of the fork write, with the PVCs they back up.
Declared = Mapping[Identity, frozenset[Claim]]
Owners = Mapping[Claim, Layout]


def owners(
    sources: Iterable[Identity], claims: Collection[Claim], declared: Declared
) -> Mapping[Identity, Owners]:
    """The PVCs that may own each source. Where there are several, only a person can decide.

    A source whose name stands for a PVC that no longer exists is ambiguous as well, unless a
    ReplicationSource shows which PVC writes it.
    """
    by_name, users = _index(
        {*claims, *(claim for backed_up in declared.values() for claim in backed_up)}
    )
    identities = frozenset(sources)
    return {
        source: _owners(source, identities, by_name, users, declared)
        for source in sorted(identities)
    }


def _owners(
    source: Identity,
    identities: frozenset[Identity],
    by_name: Mapping[Identity, Owners],
    users: Mapping[tuple[str, str], Sequence[Claim]],
    declared: Declared,
) -> Owners:
    if not str(source).isprintable():
        return {}  # no command line could be printed for it
    claim = claim_of(source)
    named = by_name.get(source, {})
    if source.path == DATA_PATH:
        layouts = dict(named)
    else:
        layouts = dict.fromkeys(users.get((source.user, source.host), ()), Layout.OTHER_PATH)
    if source in declared:
        # A living ReplicationSource is evidence where a name is only a hint.
        layouts = dict.fromkeys(declared[source], Layout.DECLARED)
        if claim is not None and claim in named:
            layouts[claim] = Layout.EXACT  # it would be restored from it, whichever PVC wrote it
    elif claim in layouts:
        # Both PVCs exist and each has a source of its own name: then names tell them apart.
        layouts = {
            other: layout
            for other, layout in layouts.items()
            if other == claim or identity(other) not in identities
        }
    elif layouts and claim is not None:
        layouts[claim] = Layout.EXACT  # it may be the backup of a PVC that no longer exists
    return layouts


def _index(
    claims: Collection[Claim],
) -> tuple[Mapping[Identity, Owners], Mapping[tuple[str, str], Sequence[Claim]]]:
    by_name: dict[Identity, dict[Claim, Layout]] = {}
    users: dict[tuple[str, str], list[Claim]] = {}
    for claim in claims:
        for source, layout in _names(claim):
            by_name.setdefault(source, {}).setdefault(claim, layout)
        for user in {source.user for source, _ in _names(claim)}:
            users.setdefault((user, claim.namespace), []).append(claim)
    return by_name, users


def _names(claim: Claim) -> Iterator[tuple[Identity, Layout]]:
    yield identity(claim), Layout.EXACT
    for source in legacy_identities(claim):
        yield source, Layout.SHORTENED
    for layout, suffix in ((Layout.EARLIER, EARLIER_SUFFIX), (Layout.PLAIN, "")):
        for user in shortened_users(claim.name + suffix):
            yield Identity(user, claim.namespace), layout
