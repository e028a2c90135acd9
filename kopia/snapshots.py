"""The snapshots of a repository, and which of them is the newest complete one."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from contract.names import Identity
from kopia.command import Kopia
from kopia.failure import RepositoryError
from kopia.repository import forget_lists

ID = re.compile(r"[0-9a-f]{32}")
UTC_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z")
NO_ROOT = "no root entry"
TAG = "tag:"  # kopia's prefix of the keys that its user chose


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """One snapshot manifest. `incomplete` is kopia's reason; "" where the snapshot was finished."""

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
    ignored: int = 0  # files and folders left out, as its policy allowed
    unread: tuple[str, ...] = ()  # paths of those that failed or were left out
    tags: frozenset[str] = frozenset()  # keys of what its maker wrote on it

    @property
    def is_complete(self) -> bool:
        """Whether it can be restored. Kopia lists one with unread files as finished.

        One whose policy let kopia leave files out is complete but for those.
        """
        return not self.incomplete and not self.errors


def parse_time(text: str) -> datetime:
    """An RFC 3339 time in UTC, written with `Z`. Raises ValueError for any other text."""
    if UTC_TIME.fullmatch(text) is None:
        raise ValueError("not an RFC 3339 time in UTC")
    return datetime.fromisoformat(text).astimezone(UTC)


def listing(kopia: Kopia) -> tuple[Snapshot, ...]:
    """All snapshots of the repository. Raises KopiaError unless the list is surely whole."""
    forget_lists(kopia)
    found = parse_listing(kopia.run("snapshot", "list", "--all", "--json", "--no-retention"))
    if not found:
        _require_index(kopia)
    return found


def newest_complete(
    snapshots: Iterable[Snapshot], identity: Identity, as_of: datetime | None = None
) -> Snapshot | None:
    """The newest complete snapshot of exactly this identity, begun not after `as_of`."""
    fitting = (
        snapshot
        for snapshot in snapshots
        if snapshot.identity == identity
        and snapshot.is_complete
        and (as_of is None or snapshot.start <= as_of)
    )
    return max(fitting, key=lambda snapshot: (snapshot.start, snapshot.id), default=None)


def parse_listing(text: str) -> tuple[Snapshot, ...]:
    """Reads `kopia snapshot list --json`. Raises KopiaError for anything but a whole list."""
    try:
        items = json.loads(text)
        if not isinstance(items, list):
            raise TypeError
        found = tuple(_snapshot(item) for item in items)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise RepositoryError("kopia's list of snapshots is malformed or cut off") from None
    if len({snapshot.id for snapshot in found}) != len(found):
        raise RepositoryError("kopia's list of snapshots names one twice")
    return found


def _require_index(kopia: Kopia) -> None:
    # Without its index folder a repository opens and lists nothing, with exit code 0. But each
    # has a global policy from its creation, so that a repository without one has lost its index.
    # Any other policy proves nothing: somebody may have written it since.
    policies = kopia.run("policy", "list", "--json")
    try:
        is_whole = any(not any(policy["target"].values()) for policy in json.loads(policies))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        is_whole = False
    if not is_whole:
        raise RepositoryError("the repository's index is missing")


def _snapshot(item: dict[str, Any]) -> Snapshot:
    source, root = item["source"], item["rootEntry"]
    # `stats` counts only files that were read anew, so the root's summary is the truth.
    summary = root.get("summ") if root else None
    if root and not summary:  # a single file as root has no summary
        summary = {"files": 1, "dirs": 0, "size": root.get("size", 0), "numFailed": 0}
    counted: dict[str, Any] = summary or {}
    incomplete = item.get("incomplete", "") or counted.get("incomplete", "")
    if ID.fullmatch(item["id"]) is None:
        raise ValueError
    return Snapshot(
        id=item["id"],
        identity=Identity(_text(source["userName"]), _text(source["host"]), _text(source["path"])),
        start=parse_time(item["startTime"]),
        end=parse_time(item["endTime"]),
        incomplete=_text(incomplete) if incomplete or summary else NO_ROOT,
        files=_count(counted.get("files", 0)),
        dirs=_count(counted.get("dirs", 0)),
        bytes=_count(counted.get("size", 0)),
        errors=_count(counted.get("numFailed", 0)),
        links=_count(counted.get("symlinks", 0)),
        ignored=_count(counted.get("numIgnoredErrors", 0)),
        unread=tuple(_text(failed["path"]) for failed in counted.get("errors", ())),
        tags=frozenset(key.removeprefix(TAG) for key in item.get("tags", {})),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise TypeError
    return value
