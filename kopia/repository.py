"""Creating, joining and naming a filesystem repository."""

import json
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from contract.names import Identity
from kopia.command import Kopia, KopiaError

# With its defaults kopia answers from a warm cache for minutes: over an emptied export it says
# that there are no snapshots, with exit code 0 and the old unique id.
NO_STALE_ANSWERS = ("--max-list-cache-duration=0s", "--disable-repository-format-cache")
# What those two flags leave behind on disk would count again if the clock jumped back.
STALE = ("blob-list", "own-writes", "kopia.repository", "kopia.blobcfg")

# Defaults of 5 GB each would overflow a pod's volume. Metadata is what listing reads again.
CACHE_SIZES = ("--content-cache-size-mb=256", "--metadata-cache-size-mb=1024")


@dataclass(frozen=True, kw_only=True)
class RepositoryStatus:
    """What kopia says of the repository that it is connected to."""

    unique_id: str
    readonly: bool
    user: str
    host: str
    capacity: int  # bytes of the volume; 0 where unknown
    available: int


def connect(kopia: Kopia, path: Path, *, readonly: bool, identity: Identity | None = None) -> None:
    """Joins an existing repository."""
    more = ("--readonly",) if readonly else ()
    kopia.run("repository", "connect", *_filesystem(path, identity), *more)


def create(kopia: Kopia, path: Path, *, identity: Identity) -> None:
    """Makes a repository in an empty folder, owned by `identity`, and joins it."""
    kopia.run("repository", "create", *_filesystem(path, identity))


def _filesystem(path: Path, identity: Identity | None) -> tuple[str, ...]:
    args = ["filesystem", f"--path={path}", *NO_STALE_ANSWERS, *CACHE_SIZES]
    if identity:
        args += [f"--override-username={identity.user}", f"--override-hostname={identity.host}"]
    return tuple(args)


def forget_lists(kopia: Kopia) -> None:
    """Removes what can be out of date in kopia's cache. The rest is named by its content."""
    for name in STALE:
        path = kopia.cache / name
        with suppress(FileNotFoundError):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def status(kopia: Kopia) -> RepositoryStatus:
    """The connected repository, as read from its storage and opened with the password."""
    forget_lists(kopia)
    text = kopia.run("repository", "status", "--json")
    try:
        found = json.loads(text)
        client, volume = found["clientOptions"], found.get("volume", {})
        return RepositoryStatus(
            unique_id=_text(found["uniqueIDHex"]),
            readonly=client.get("readonly", False) is True,
            user=_text(client["username"]),
            host=_text(client["hostname"]),
            capacity=int(volume.get("capacity", 0)),
            available=int(volume.get("available", 0)),
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        raise KopiaError("kopia's status is malformed") from None


def maintenance_owner(kopia: Kopia) -> str:
    """`user@host` that alone may run maintenance."""
    try:
        return _text(json.loads(kopia.run("maintenance", "info", "--json"))["owner"])
    except (ValueError, TypeError, KeyError):
        raise KopiaError("kopia's maintenance info is malformed") from None


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError
    return value
