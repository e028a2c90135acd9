"""Reads the repository's own files without kopia, and so without any cache."""

import base64
import json
import os
from collections.abc import Iterator
from pathlib import Path

from kopia.failure import RepositoryError

FORMAT_BLOB = "kopia.repository.f"
SIZE_LIMIT = 1 << 20  # bytes; a real one has about one thousand
ID_BYTES = 32
INDEX = ("x", "n")  # prefixes of index blobs, since 2021 and before; `.shards` splits the names


def unique_id(repository: Path) -> str:
    """The repository's unique id as kopia writes it (`uniqueIDHex`). Blocks on dead storage."""
    try:
        with (repository / FORMAT_BLOB).open("rb") as file:
            raw = file.read(SIZE_LIMIT)
    except FileNotFoundError:
        raise RepositoryError("there is no repository at the path") from None
    except OSError as error:
        raise RepositoryError(f"the repository's path cannot be read: {error.strerror}") from None
    try:
        identifier = base64.b64decode(json.loads(raw)["uniqueID"], validate=True)
    except (ValueError, TypeError, KeyError):
        raise RepositoryError("the repository's format blob is damaged") from None
    if len(identifier) != ID_BYTES:
        raise RepositoryError("the repository's format blob is damaged")
    return identifier.hex()


def has_index(repository: Path) -> bool:
    """Whether there is any index blob. Kopia treats a repository without one as a new one."""
    return any(index_names(repository))


def index_names(repository: Path, beginnings: tuple[str, ...] = INDEX) -> Iterator[str]:
    """Names of blobs with these prefixes, however they are sharded. Blocks on dead storage."""
    try:
        with os.scandir(repository) as entries:
            for entry in entries:
                if entry.name.startswith(beginnings):
                    yield from _files(entry, entry.name)
    except OSError as error:
        raise RepositoryError(f"the repository's path cannot be read: {error.strerror}") from None


def _files(entry: os.DirEntry[str], name: str) -> Iterator[str]:
    if not entry.is_dir():
        yield name
        return
    with os.scandir(entry) as children:
        for child in children:
            yield from _files(child, name + child.name)
