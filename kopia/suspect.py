"""Manifests that cannot be believed, whose they may be, and how to remove them. Pure."""

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec
from msgspec import Struct

from contract.names import Identity
from kopia.failure import KopiaError, RepositoryError

Source = tuple[str, str]  # user and host of an identity, whatever its path
Labels = Mapping[str, str]

# Kopia's own (snapshot/manager.go). Beside them stand the snapshot's tags, and nothing else.
TYPE, SNAPSHOT = "type", "snapshot"
USER, HOST, PATH = "username", "hostname", "path"

ID_SHOWN = 64  # characters; whoever writes by hand may choose any id
# Kopia deletes manifests only for whoever says that this is meant.
REMOVE = "kopia manifest delete {} --dangerous-commands=enabled"

UNREADABLE = "cannot be read"
UNLABELLED = "has no labels: it was deleted while it was read, or was never whole"
DISAGREES = "has labels that do not agree with its text"
TWICE = "is listed twice"
NO_TIME = "has a time that no calendar has"


class SuspectError(KopiaError):
    """A manifest that cannot be believed may be of the identity at hand, and of no other."""


@dataclass(frozen=True, kw_only=True)
class Suspect:
    """A manifest that cannot be believed. `sources` are whose it may be; empty: anybody's."""

    id: str
    problem: str
    sources: frozenset[Source]

    def concerns(self, identities: Iterable[Identity]) -> bool:
        """Whether it may be a snapshot of one of these, whatever the path."""
        return not self.sources or any((i.user, i.host) in self.sources for i in identities)

    def text(self) -> str:
        """What people need to know."""
        shown = "".join(c for c in self.id if c.isprintable())[:ID_SHOWN]
        of = " and ".join(sorted(f"{user}@{host}" for user, host in self.sources)) or "anybody"
        remove = REMOVE.format(shlex.quote(shown))
        return f"manifest {shown} {self.problem}; it may be of {of}; to remove it: {remove}"


class _Entry(Struct, frozen=True, gc=False):
    id: str
    labels: dict[str, str] | None = None


_ENTRIES = msgspec.json.Decoder(list[_Entry])


def parse_labels(text: str) -> dict[str, Labels]:
    """The labels of each manifest in the output of `kopia manifest list --json`."""
    try:
        entries = _ENTRIES.decode(text)
    except (ValueError, RecursionError):
        raise RepositoryError("kopia's list of manifests is malformed or cut off") from None
    return {entry.id: entry.labels or {} for entry in entries}


def sources(user: object, host: object) -> frozenset[Source]:
    """Whose it is; empty where that is not said."""
    is_said = isinstance(user, str) and isinstance(host, str) and user and host
    return frozenset({(user, host)}) if is_said else frozenset()


def suspect(number: str, problem: str, labels: Labels, by_text: frozenset[Source]) -> Suspect:
    """It may be of whom its text names, and of whom its labels do."""
    by_labels = sources(labels.get(USER), labels.get(HOST))
    return Suspect(id=number, problem=problem, sources=by_text | by_labels)


def labels_of(identity: Identity, tags: Mapping[str, object]) -> Mapping[str, object]:
    """The labels that kopia gives a snapshot of this identity."""
    own = {TYPE: SNAPSHOT, USER: identity.user, HOST: identity.host, PATH: identity.path}
    return {**tags, **own}


def require_none(suspects: Iterable[Suspect], identity: Identity | None = None) -> None:
    """Raises for the first suspect that may be of this identity, or without one for any.

    SuspectError where it is nobody else's trouble, else RepositoryError.
    """
    for suspect in suspects:
        if identity is None or suspect.concerns([identity]):
            kind = SuspectError if suspect.sources else RepositoryError
            raise kind(suspect.text())
