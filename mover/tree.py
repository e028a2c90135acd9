"""Counting a tree the way kopia's summary does: regular files, folders with the root, bytes."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LOST_FOUND = "lost+found"  # mkfs makes it, so a new volume is not quite empty
NAMED = 3  # unreadable paths worth naming


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How much is in a tree."""

    files: int = 0
    dirs: int = 0
    bytes: int = 0

    def __str__(self) -> str:
        return f"{self.files} files, {self.dirs} directories, {self.bytes} bytes"


def counts(root: Path, without: str = "") -> Counts:
    """What is there, but for one name in the root. Raises OSError for an unreadable folder."""
    files = dirs = size = 0
    for info in _walk(root, without):
        if stat.S_ISDIR(info.st_mode):
            dirs += 1
        elif stat.S_ISREG(info.st_mode):
            files += 1
            size += info.st_size
    return Counts(files=files, dirs=dirs, bytes=size)


def is_new(root: Path) -> bool:
    """Whether a volume holds nothing but what mkfs made."""
    with os.scandir(root) as entries:
        return all(entry.name == LOST_FOUND and _is_empty(entry) for entry in entries)


def agrees(expected: Counts, found: Counts, *, had_lost_found: bool) -> bool:
    """Whether a restored tree is the snapshot's. mkfs's own folder may be one folder too many."""
    spare = 1 if had_lost_found else 0
    dirs = (expected.dirs, expected.dirs + spare)
    return (found.files, found.bytes) == (expected.files, expected.bytes) and found.dirs in dirs


def unreadable(root: Path) -> tuple[int, list[str]]:
    """How many files and folders cannot be opened, and the first few of them."""
    count = 0
    named: list[str] = []

    def note(path: str) -> None:
        nonlocal count
        count += 1
        if len(named) < NAMED:
            named.append(os.path.relpath(path, root))

    def on_error(error: OSError) -> None:
        note(os.fsdecode(error.filename))

    for folder, _, names in os.walk(root, onerror=on_error):
        for name in names:
            path = os.path.join(folder, name)
            try:
                if stat.S_ISREG(os.lstat(path).st_mode):
                    os.close(os.open(path, os.O_RDONLY | os.O_NOFOLLOW))
            except OSError:
                note(path)
    return count, named


def _walk(root: Path, without: str) -> Iterator[os.stat_result]:
    stack = [os.fspath(root)]
    yield os.lstat(root)
    while stack:
        folder = stack.pop()
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name == without and folder == os.fspath(root):
                    continue
                info = entry.stat(follow_symlinks=False)
                yield info
                if stat.S_ISDIR(info.st_mode):
                    stack.append(entry.path)


def _is_empty(entry: os.DirEntry[str]) -> bool:
    return entry.is_dir(follow_symlinks=False) and not os.listdir(entry.path)
