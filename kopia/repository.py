"""Creating, joining and naming a filesystem repository."""

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

# With its defaults kopia answers from a warm cache for minutes: over an emptied export it says
# that there are no snapshots, with exit code 0 and the old unique id.
NEVER_CACHED = -1  # how long the format blob counts; lists of blobs count for no time by default
# What both leave behind on disk would count again if the clock jumped back.
STALE = ("blob-list", "own-writes", "kopia.repository", "kopia.blobcfg")

# Defaults of 5 GB each would overflow a pod's volume. Metadata is what listing reads again.
CONTENT_CACHE, METADATA_CACHE = 256, 1024  # MiB
MIB = 2**20


@dataclass(frozen=True, kw_only=True)
class RepositoryStatus:
    """What kopia says of the repository that it is connected to."""

    unique_id: str
    epoch: timedelta | None  # how long index files are collected at least; None in the old format


def connect(kopia: Kopia, path: Path, *, readonly: bool, identity: Identity) -> None:
    """Joins the repository at `path`, which the next command opens or fails.

    Writes what `kopia repository connect` would: that one spends a third of a second on opening it
    as well.
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
    """Makes a repository in an empty folder, owned by `identity`, and joins it."""
    kopia.run(
        *("repository", "create", "filesystem", f"--path={path}"),
        f"--override-username={identity.user}",
        f"--override-hostname={identity.host}",
    )


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
        return RepositoryStatus(
            unique_id=_text(found["uniqueIDHex"]),
            epoch=_epoch(found.get("contentFormat", {}).get("epochParameters") or {}),
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        raise KopiaError("kopia's status is malformed") from None


def _epoch(found: Mapping[str, Any]) -> timedelta | None:
    nanoseconds = found.get("MinEpochDuration")
    return None if nanoseconds is None else timedelta(microseconds=nanoseconds / 1000)


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError
    return value
