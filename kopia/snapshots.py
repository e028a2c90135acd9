"""Lists the snapshots of a repository, and finds the newest complete one of an identity."""

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from contract.names import Identity
from contract.times import UTC_TIME, parse_lenient
from kopia.command import Kopia
from kopia.failure import RepositoryError
from kopia.repository import forget_lists
from kopia.suspect import (
    DISAGREES,
    NO_TIME,
    SNAPSHOT,
    TWICE,
    TYPE,
    UNLABELLED,
    UNREADABLE,
    Labels,
    Suspect,
    labels_of,
    parse_labels,
    require_none,
    sources,
    suspect,
)

ID = re.compile(r"[0-9a-f]{32}")
NO_ROOT = "no root entry"
TAG = "tag:"  # kopia's prefix of tag names
NO_TAGS = frozenset[str]()
# Tags of ours: of which PVC a snapshot is, and from which snapshot that one was restored.
PVC_UID = "volsync-pvc-uid"
RESTORED_FROM = "volsync-restored-from"
# On a snapshot beside an older one that bears a later date: it comes after that moment anyway.
AFTER = "volsync-after"
FIRST = datetime.min.replace(tzinfo=UTC)

_Count = Annotated[int, Meta(ge=0)]
_Time = Annotated[str, Meta(pattern=rf"\A(?:{UTC_TIME.pattern})\Z")]


class Snapshot(Struct, frozen=True, kw_only=True, gc=False):
    """One snapshot. `incomplete` is kopia's reason; "" where the snapshot was finished."""

    id: str
    identity: Identity
    start: datetime
    end: datetime
    incomplete: str
    files: int
    dirs: int
    bytes: int
    errors: int  # files and folders that could not be read
    links: int = 0  # symbolic ones
    ignored: int = 0  # files and folders skipped, as its policy allowed
    unread: tuple[str, ...] = ()  # paths that failed or were skipped
    tags: frozenset[str] = NO_TAGS  # names of its tags
    pvc_uid: str = ""  # of the PVC that it is of; "" where nobody recorded it
    restored_from: str = ""  # the snapshot that this PVC was restored from; "" where from none
    after: datetime = FIRST  # what its tag AFTER says

    @property
    def is_complete(self) -> bool:
        """Whether it can be restored completely. Kopia lists one with unread files as finished.

        Files that kopia skipped as its policy allows do not count.
        """
        return not self.incomplete and not self.errors

    @property
    def order(self) -> datetime:
        """Where it stands among those of its identity, whatever clock they were dated by."""
        return max(self.start, self.after)


class _Wire(Struct, rename="camel", frozen=True, gc=False):
    """Kopia's own field names; fields that are not declared are ignored."""


class _Source(_Wire, frozen=True):
    user_name: str
    host: str
    path: str


class _Failed(_Wire, frozen=True):
    path: str


class _Summary(_Wire, frozen=True, kw_only=True):
    files: _Count = 0
    dirs: _Count = 0
    size: _Count = 0
    symlinks: _Count = 0
    num_failed: _Count = 0
    num_ignored_errors: _Count = 0
    errors: tuple[_Failed, ...] = ()
    incomplete: str = ""


class _Root(_Wire, frozen=True):
    size: _Count = 0
    summ: _Summary | None = None


class _Manifest(_Wire, frozen=True, kw_only=True):
    id: Annotated[str, Meta(pattern=rf"\A{ID.pattern}\Z")]
    source: _Source
    start_time: _Time
    end_time: _Time
    # Kopia's `stats` count only files that were read again; the root's summary counts all.
    root_entry: _Root | None
    incomplete: str = ""
    tags: dict[str, object] = {}


class _Name(_Wire, frozen=True):
    """What can still be read of a manifest that is malformed."""

    id: str
    source: object = None


WHOLE_LIST = msgspec.json.Decoder(list[_Manifest])
ELEMENTS = msgspec.json.Decoder(list[msgspec.Raw])
ELEMENT = msgspec.json.Decoder(_Manifest)
NAME = msgspec.json.Decoder(_Name)


@dataclass(frozen=True, kw_only=True)
class SnapshotList:
    """A whole list: what can be believed, and the manifests that cannot."""

    snapshots: tuple[Snapshot, ...] = ()
    suspects: tuple[Suspect, ...] = ()


def whole_list(kopia: Kopia) -> SnapshotList:
    """All snapshots of the repository. Raises KopiaError unless the list is certainly complete.

    Kopia shows whose a snapshot is by its text, and finds it by its labels; whoever has the
    password can make the two differ. So both are read: the labels last, as what is new since is
    not in the list.
    """
    forget_lists(kopia)
    text, unreadable = kopia.run_past_manifests(
        "snapshot", "list", "--all", "--json", "--no-retention"
    )
    manifests = parse_manifests(text)
    if not manifests and not unreadable:
        _require_index(kopia)
        return SnapshotList()
    labels = parse_labels(kopia.run("manifest", "list", "--json", f"--filter={TYPE}:{SNAPSHOT}"))
    return compared(manifests, labels, unreadable)


def listing(kopia: Kopia, identity: Identity | None = None) -> tuple[Snapshot, ...]:
    """All snapshots that can be believed. Raises KopiaError where one that cannot may be of this
    identity, or without one where there is any.
    """
    whole = whole_list(kopia)
    require_none(whole.suspects, identity)
    return whole.snapshots


def newest_complete(
    snapshots: Iterable[Snapshot], identity: Identity, as_of: datetime | None = None
) -> Snapshot | None:
    """The newest complete snapshot of exactly this identity, dated no later than `as_of`."""
    fitting = (
        snapshot
        for snapshot in snapshots
        if snapshot.identity == identity
        and snapshot.is_complete
        and (as_of is None or snapshot.start <= as_of)
    )
    return max(fitting, key=lambda snapshot: (snapshot.order, snapshot.id), default=None)


def parse_manifests(text: str) -> Sequence[_Manifest | Suspect]:
    """The output of `kopia snapshot list --json`; what is malformed in it is a suspect.

    Raises KopiaError for anything but a complete list, whose elements all have an id.
    """
    try:
        try:
            return WHOLE_LIST.decode(text)
        except msgspec.ValidationError:
            return [_element(raw) for raw in ELEMENTS.decode(text)]
    except (ValueError, RecursionError):  # msgspec's own errors are ValueErrors
        raise RepositoryError("kopia's list of snapshots is malformed or cut off") from None


def _element(raw: msgspec.Raw) -> _Manifest | Suspect:
    try:
        return ELEMENT.decode(raw)
    except msgspec.ValidationError as error:
        name = NAME.decode(raw)
        source = name.source if isinstance(name.source, dict) else {}
        by_text = sources(source.get("userName"), source.get("host"))
        return Suspect(id=name.id, problem=f"is malformed ({error})", sources=by_text)


def compared(
    manifests: Iterable[_Manifest | Suspect],
    labels: Mapping[str, Labels],
    unreadable: Iterable[str] = (),
) -> SnapshotList:
    """Texts against labels, both by id; `unreadable` are ids that kopia left out of the list."""
    identities: dict[_Source, Identity] = {}
    snapshots: dict[str, Snapshot] = {}
    suspects: list[Suspect] = []
    for manifest in manifests:
        own = labels.get(manifest.id, {})
        if isinstance(manifest, Suspect):
            suspects.append(suspect(manifest.id, manifest.problem, own, manifest.sources))
            continue
        identity = identities.get(manifest.source) or _identity(manifest.source)
        identities[manifest.source] = identity
        problem = ""
        if manifest.id not in labels:
            problem = UNLABELLED
        elif own != labels_of(identity, manifest.tags):
            problem = DISAGREES
        elif manifest.id in snapshots:
            problem = TWICE
        if not problem:
            try:
                snapshots[manifest.id] = _snapshot(manifest, identity)
            except ValueError:
                problem = NO_TIME
        if problem:
            by_text = sources(identity.user, identity.host)
            suspects.append(suspect(manifest.id, problem, own, by_text))
    suspects += (suspect(i, UNREADABLE, labels.get(i, {}), frozenset()) for i in unreadable)
    return SnapshotList(snapshots=tuple(snapshots.values()), suspects=tuple(suspects))


def _require_index(kopia: Kopia) -> None:
    # Without its index a repository opens and lists nothing, with exit code 0. But every repository
    # has a global policy from its creation, so one without it has lost its index. Any other policy
    # proves nothing: someone may have written it since.
    policies = kopia.run("policy", "list", "--json")
    try:
        is_whole = any(not any(policy["target"].values()) for policy in json.loads(policies))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        is_whole = False
    if not is_whole:
        raise RepositoryError("the repository's index is missing")


def _identity(source: _Source) -> Identity:
    return Identity(source.user_name, source.host, source.path)


def _snapshot(manifest: _Manifest, identity: Identity) -> Snapshot:
    root, tags = manifest.root_entry, manifest.tags
    summary = root.summ if root else None
    if root and summary is None:  # a single file as root has no summary
        summary = _Summary(files=1, size=root.size)
    counts = summary or _Summary(incomplete=NO_ROOT)
    return Snapshot(
        id=manifest.id,
        identity=identity,
        start=datetime.fromisoformat(manifest.start_time),
        end=datetime.fromisoformat(manifest.end_time),
        incomplete=manifest.incomplete or counts.incomplete,
        files=counts.files,
        dirs=counts.dirs,
        bytes=counts.size,
        errors=counts.num_failed,
        links=counts.symlinks,
        ignored=counts.num_ignored_errors,
        unread=tuple(failed.path for failed in counts.errors) if counts.errors else (),
        tags=frozenset(key.removeprefix(TAG) for key in tags) if tags else NO_TAGS,
        pvc_uid=_tag(tags, PVC_UID),
        restored_from=_tag(tags, RESTORED_FROM),
        after=parse_lenient(_tag(tags, AFTER)) or FIRST,
    )


def _tag(tags: Mapping[str, object], name: str) -> str:
    value = tags.get(f"{TAG}{name}")
    # One PVC has thousands of snapshots.
    return sys.intern(value) if isinstance(value, str) else ""
