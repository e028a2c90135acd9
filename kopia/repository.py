"""Creates filesystem repositories, connects to them and reads their status."""

import json
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from contract.names import Identity
from kopia.command import Kopia, KopiaError

# With its defaults kopia answers from a warm cache for minutes: on an emptied export it lists no
# snapshots, with exit code 0 and the old unique id.
NEVER_CACHED = -1  # lifetime of the format blob in the cache; for lists of blobs it is 0 by default
# Both leave files on disk that would be valid again if the clock jumped back.
STALE = ("blob-list", "own-writes", "kopia.repository", "kopia.blobcfg")

# The defaults of 5 GB each would overflow a pod's volume. Listing rereads metadata only.
CONTENT_CACHE, METADATA_CACHE = 256, 1024  # MiB
MIB = 2**20


@dataclass(frozen=True, kw_only=True)
class RepositoryStatus:
    """The status of the repository that kopia is connected to."""

    unique_id: str
    epoch: timedelta | None  # how long index files are collected at least; None in the old format


def connect(kopia: Kopia, path: Path, *, readonly: bool, identity: Identity) -> None:
    """Connects to the repository at `path`; only the next command opens it.

    Writes the file that `kopia repository connect` would write. That command would also open the
    repository, which takes a third of a second.
    """
    options = {"readonly": True} if readonly else {}
    config = {
        "storage": {
            "type": "filesystem",
            "config": {"path": str(path), "fileMode": 0o600, "dirMode": 0o700, "dirShards": None},
        },
        "caching": {
            "cacheDirectory": os.path.relpath(kopia.cache, kopia.config.parent),
            "maxCacheSize": CONTENT_CACHE * MIB,
            "maxMetadataCacheSize": METADATA_CACHE * MIB,
        },
        "hostname": identity.host,
        "username": identity.user,
        **options,
        "enableActions": False,
        "formatBlobCacheDuration": NEVER_CACHED,
    }
    try:
        kopia.config.parent.mkdir(parents=True, exist_ok=True)
        kopia.config.write_text(json.dumps(config))
    except OSError as error:
        raise KopiaError(f"kopia cannot be configured: {error.strerror}") from None


def create(kopia: Kopia, path: Path, *, identity: Identity) -> None:
    """Creates a repository in an empty folder, owned by `identity`, and connects to it."""
    kopia.run(
        "repository",
        "create",
        "filesystem",
        f"--path={path}",
        f"--override-username={identity.user}",
        f"--override-hostname={identity.host}",
    )


def forget_lists(kopia: Kopia) -> None:
    """Removes files from kopia's cache that can be out of date. All others have content hashes."""
    for name in STALE:
        path = kopia.cache / name
        with suppress(FileNotFoundError):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def status(kopia: Kopia) -> RepositoryStatus:
    """The status of the connected repository, read from storage and opened with the password."""
    forget_lists(kopia)
    text = kopia.run("repository", "status", "--json")
    try:
        answer = json.loads(text)
        return RepositoryStatus(
            unique_id=_text(answer["uniqueIDHex"]),
            epoch=_epoch(answer.get("contentFormat", {}).get("epochParameters") or {}),
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        raise KopiaError("kopia's status is malformed") from None


def _epoch(parameters: Mapping[str, Any]) -> timedelta | None:
    nanoseconds = parameters.get("MinEpochDuration")
    return None if nanoseconds is None else timedelta(microseconds=nanoseconds / 1000)


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError
    return value
