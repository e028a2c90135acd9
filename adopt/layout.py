"""The ways in which a source may be named after a PVC, and who may own a source. Pure."""

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
    """Why a source is taken for a PVC's. What stands first counts where several fit."""

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

# What ReplicationSources of the fork write, and from which PVCs.
Declared = Mapping[Identity, frozenset[Claim]]
Owners = Mapping[Claim, Layout]


def owners(
    sources: Iterable[Identity], claims: Collection[Claim], declared: Declared
) -> Mapping[Identity, Owners]:
    """Every PVC that may own each source. More than one is a doubt that only a person can end.

    What is read as the backup of a PVC that is gone is in doubt as well, unless something says
    who writes it.
    """
    by_name, users = _index({*claims, *(claim for its in declared.values() for claim in its)})
    known = frozenset(sources)
    return {one: _owners(one, known, by_name, users, declared) for one in sorted(known)}


def _owners(
    source: Identity,
    known: frozenset[Identity],
    by_name: Mapping[Identity, Owners],
    users: Mapping[tuple[str, str], Sequence[Claim]],
    declared: Declared,
) -> Owners:
    if not str(source).isprintable():
        return {}  # nobody could be told what to type
    read = claim_of(source)
    named = by_name.get(source, {})
    if source.path == DATA_PATH:
        found = dict(named)
    else:
        found = dict.fromkeys(users.get((source.user, source.host), ()), Layout.OTHER_PATH)
    if source in declared:
        # A living ReplicationSource is evidence where a name is only a hint.
        found = dict.fromkeys(declared[source], Layout.DECLARED)
        if read is not None and read in named:
            found[read] = Layout.EXACT  # it would be restored into this one, whoever wrote it
    elif read in found:
        # Both PVCs exist and each has a source of its own name: then names tell them apart.
        found = {
            one: lay for one, lay in found.items() if one == read or identity(one) not in known
        }
    elif found and read is not None:
        found[read] = Layout.EXACT  # of a PVC that is gone, it may have been
    return found


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
