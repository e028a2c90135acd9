"""Counts a file tree as kopia's summary does: files, links, folders with the root, bytes."""

import os
import re
import stat
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from kopia.snapshots import Snapshot

LOST_FOUND = "lost+found"  # mkfs makes it, so a new volume is not quite empty
NAMED = 3  # paths worth naming
# How Python shows a byte that is not UTF-8, and what kopia makes of each such byte.
FOREIGN_BYTE = re.compile("[\udc80-\udcff]")
REPLACED = "\ufffd"
# Extended attributes that somebody has set, unlike those that a file system shows by itself.
OWN_ATTRIBUTES = ("user.", "security.capability", "system.posix_acl_")


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How much is in a tree."""

    files: int = 0
    links: int = 0  # symbolic ones
    dirs: int = 0
    bytes: int = 0

    def __str__(self) -> str:
        links = f"{self.links} symbolic links, " if self.links else ""
        return f"{self.files} files, {links}{self.dirs} directories, {self.bytes} bytes"


def stored(snapshot: Snapshot) -> Counts:
    """How much is in a snapshot, by its own summary."""
    return Counts(
        files=snapshot.files, links=snapshot.links, dirs=snapshot.dirs, bytes=snapshot.bytes
    )


@dataclass(kw_only=True)
class Survey:
    """What is in a tree, and what of it kopia cannot keep. Paths are relative to its root."""

    files: int = 0
    links: int = 0
    dirs: int = 0
    bytes: int = 0
    twins: int = 0  # files that have another name as well, here or elsewhere
    specials: int = 0  # sockets, pipes and devices
    attributed: int = 0  # entries with extended attributes or access control lists
    unread: list[str] = field(default_factory=list)  # folders and entries that cannot be looked at
    renamed: list[str] = field(default_factory=list)  # names that are not UTF-8, as kopia has them
    clashes: list[str] = field(default_factory=list)  # those that another entry has then as well

    @property
    def counts(self) -> Counts:
        """The numbers that a snapshot has as well."""
        return Counts(files=self.files, links=self.links, dirs=self.dirs, bytes=self.bytes)

    def not_kept(self) -> list[str]:
        """What a restore will not bring back as it was, in words."""
        losses = (
            (len(self.renamed), "names are not UTF-8 and come back altered"),
            (self.twins, "files are hard links and come back as files of their own"),
            (self.attributed, "entries have extended attributes, which are not kept"),
            (self.specials, "sockets, pipes or devices are left out"),
        )
        return [f"{count} {words}" for count, words in losses if count]


def survey(root: Path, without: Collection[str] = ()) -> Survey:
    """Looks at all of a tree but the given paths. Raises OSError for an unreadable root."""
    tree = Survey()
    renamed: set[str] = set()
    stack = [""]
    while stack:
        folder = stack.pop()
        try:
            entries = os.scandir(os.path.join(root, folder))
        except OSError:
            if not folder:
                raise
            tree.unread.append(folder)
            continue
        tree.dirs += 1
        with entries:
            for entry in entries:
                path = f"{folder}/{entry.name}" if folder else entry.name
                if without and FOREIGN_BYTE.sub(REPLACED, path) in without:
                    continue
                if not entry.name.isascii() and FOREIGN_BYTE.search(entry.name):
                    _note_name(tree, renamed, path, entry)
                if _note_entry(tree, path, entry):
                    stack.append(path)
    return tree


def is_new(root: Path) -> bool:
    """Whether a volume holds nothing but what mkfs made."""
    with os.scandir(root) as entries:
        return all(entry.name == LOST_FOUND and _is_empty(entry) for entry in entries)


def agrees(expected: Counts, restored: Counts, *, had_lost_found: bool) -> bool:
    """Whether a restored tree is the snapshot's. mkfs's own folder may be one folder too many."""
    spare = 1 if had_lost_found else 0
    same = (restored.files, restored.links, restored.bytes) == (
        expected.files,
        expected.links,
        expected.bytes,
    )
    return same and restored.dirs in (expected.dirs, expected.dirs + spare)


def unreadable(root: Path) -> list[str]:
    """The files and folders that cannot be opened."""
    paths: list[str] = []

    def on_error(error: OSError) -> None:
        paths.append(os.path.relpath(os.fsdecode(error.filename), root))

    for folder, _, names in os.walk(root, onerror=on_error):
        for name in names:
            path = os.path.join(folder, name)
            try:
                if stat.S_ISREG(os.lstat(path).st_mode):
                    os.close(os.open(path, os.O_RDONLY | os.O_NOFOLLOW))
            except OSError:
                paths.append(os.path.relpath(path, root))
    return paths


def first_of(paths: Collection[str]) -> str:
    """The first few paths, fit to be shown."""
    few = ", ".join(sorted(paths)[:NAMED])
    return "".join(c if c.isprintable() else REPLACED for c in few)


def _note_entry(tree: Survey, path: str, entry: os.DirEntry[str]) -> bool:
    """Counts one entry that is no folder; whether it is one, to be entered."""
    try:
        info = entry.stat(follow_symlinks=False)
    except OSError:
        tree.unread.append(path)
        return False
    if _has_attributes(entry.path):
        tree.attributed += 1
    if stat.S_ISDIR(info.st_mode):
        return True
    if stat.S_ISREG(info.st_mode):
        tree.files += 1
        tree.bytes += info.st_size
        if info.st_nlink > 1:
            tree.twins += 1
    elif stat.S_ISLNK(info.st_mode):
        tree.links += 1
    else:
        tree.specials += 1
    return False


def _has_attributes(path: str) -> bool:
    try:
        names = os.listxattr(path, follow_symlinks=False)
    except OSError:  # a file system without them
        return False
    return any(name.startswith(OWN_ATTRIBUTES) for name in names)


def _note_name(tree: Survey, seen: set[str], path: str, entry: os.DirEntry[str]) -> None:
    # Kopia writes names as JSON, where a byte that is not UTF-8 becomes a replacement character.
    name = FOREIGN_BYTE.sub(REPLACED, entry.name)
    stored = path.removesuffix(entry.name) + name
    tree.renamed.append(stored)
    if stored in seen or os.path.lexists(entry.path.removesuffix(entry.name) + name):
        tree.clashes.append(stored)
    seen.add(stored)


def _is_empty(entry: os.DirEntry[str]) -> bool:
    return entry.is_dir(follow_symlinks=False) and not os.listdir(entry.path)
