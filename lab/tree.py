"""Makes a tree of files of many shapes and describes a tree, one line a file; runs inside a pod.

    python3 - make DIR [MEGABYTES] < tree.py
    python3 - describe DIR < tree.py

Standard library only: it is piped into a pod that has nothing but Python.
"""

import hashlib
import json
import os
import shutil
import stat
import sys
import time

BLOCK = 1 << 20
MILLISECOND = 10**6  # nanoseconds
YEAR = 365 * 24 * 3600 * 10**9  # nanoseconds


def _write(path: str, data: bytes, mode: int = 0o644, uid: int = 0, gid: int = 0) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)
    os.chown(path, uid, gid)
    os.chmod(path, mode)  # after chown, which drops the set-id bits


def make(top: str, megabytes: int = 100) -> None:
    """Fills `top` anew; the big file has `megabytes` of random bytes."""
    for name in os.listdir(top):
        path = os.path.join(top, name)
        is_folder = os.path.isdir(path) and not os.path.islink(path)
        (shutil.rmtree if is_folder else os.unlink)(path)
    _write(f"{top}/plain.txt", b"hello\n")
    _write(f"{top}/empty", b"")
    _write(f"{top}/deep/" + "/".join("abcdefgh") + "/leaf", b"leaf\n", 0o600, 999, 999)
    _write(f"{top}/unicode/\u00fcber \u6587\u4ef6 \U0001f5c2", b"names\n", 0o640, 568, 568)
    _write(f"{top}/modes/private", b"secret\n", 0o600, 1001, 1001)
    _write(f"{top}/modes/unreadable", b"no mode at all\n", 0o000, 1001, 1001)
    _write(f"{top}/modes/tool", b"#!/bin/sh\n", 0o4755, 0, 0)
    os.makedirs(f"{top}/empty-folder", 0o700, exist_ok=True)
    os.symlink("plain.txt", f"{top}/link")
    os.symlink("/nowhere/at/all", f"{top}/broken-link")
    os.link(f"{top}/plain.txt", f"{top}/same-as-plain.txt")
    for index in range(200):
        _write(f"{top}/many/{index:03}", f"{index}\n".encode() * index, 0o644, 1000, 1000)
    with open(f"{top}/sparse", "wb") as file:
        file.seek(64 * BLOCK)
        file.write(b"end")
    with open(f"{top}/big", "wb") as file:
        for _ in range(megabytes):
            file.write(os.urandom(BLOCK))
    # A year ago, so that a time that was not restored shows; never twice the same, because Kopia
    # takes a file of the same size and time for unchanged.
    mtime = (time.time_ns() - YEAR) // MILLISECOND * MILLISECOND + MILLISECOND // 2 + 123
    for folder, folders, files in os.walk(top, topdown=False):
        for name in folders + files:
            os.utime(os.path.join(folder, name), ns=(mtime, mtime), follow_symlinks=False)
    os.sync()


def _digest(path: str) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(BLOCK), b""):
            digest.update(block)
    return digest.hexdigest()


def _entry(path: str) -> dict[str, object]:
    info = os.lstat(path)
    entry: dict[str, object] = {
        "mode": stat.filemode(info.st_mode),
        "uid": info.st_uid,
        "gid": info.st_gid,
        "mtime": info.st_mtime_ns,
    }
    if stat.S_ISREG(info.st_mode):
        entry |= {"size": info.st_size, "sha256": _digest(path)}
    if stat.S_ISLNK(info.st_mode):
        # Kopia restores the time of a link to about a microsecond.
        milliseconds = info.st_mtime_ns // MILLISECOND
        entry |= {"target": os.readlink(path), "mtime": milliseconds * MILLISECOND}
    return entry


def describe(top: str) -> dict[str, dict[str, object]]:
    """Path below `top` -> kind, mode, owner, time and content; without lost+found."""
    entries = {}
    for folder, folders, files in os.walk(top):
        for name in folders + files:
            path = os.path.join(folder, name)
            entries[os.path.relpath(path, top)] = _entry(path)
    return {path: entry for path, entry in sorted(entries.items()) if path != "lost+found"}


if __name__ == "__main__":
    command, top = sys.argv[1:3]
    if command == "make":
        make(top, *map(int, sys.argv[3:4]))
    print(json.dumps(describe(top), ensure_ascii=True))
