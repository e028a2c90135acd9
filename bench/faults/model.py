"""Stand-in for a repository, the storage under it, and the faults of both.

The files are those that pvc-plumber reads itself: the format blob and the names of the index. What
only kopia reads is in memory.
"""

import base64
import errno
import json
import os
import shutil
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum, auto
from pathlib import Path
from random import Random
from typing import Any, cast

from fakes.virtual_loop import Blocked, VirtualLoop
from kopia.format_blob import FORMAT_BLOB
from kopia.snapshots import Snapshot

HALF = 0.5
PASSWORD = "right"  # noqa: S105 - of a repository that does not exist
HOUR = 3600


class Fault(StrEnum):
    """The faults; each lasts for a while."""

    EMPTY = auto()  # an empty export, or none mounted
    SWAPPED = auto()  # another repository with other backups
    ROLLED_BACK = auto()  # an older copy of the same repository
    READ_ERROR = auto()
    NO_PERMISSION = auto()
    STALE_HANDLE = auto()
    HANGS = auto()
    FORMAT_CUT = auto()
    FORMAT_FLIPPED = auto()
    INDEX_CUT = auto()
    INDEX_LOST = auto()  # some files of the index
    INDEX_FOLDER_LOST = auto()
    PACK_LOST = auto()
    MANIFEST_CUT = auto()
    MANIFEST_NEGATIVE = auto()  # a count of one is negative
    MANIFEST_UNREADABLE = auto()  # kopia leaves one out, and logs that
    MANIFEST_RELABELLED = auto()  # the labels of one name another source
    MANIFEST_FORGED = auto()  # one more, whose text names a PVC and its labels another
    KOPIA_KILLED = auto()
    KOPIA_HALF = auto()  # half of its output
    KOPIA_GARBAGE = auto()
    KOPIA_ERROR = auto()  # exit code 0, an error and an empty list
    KOPIA_SLOW = auto()
    KOPIA_MISSING = auto()
    OTHER_PASSWORD = auto()
    NO_PASSWORD = auto()
    NO_PIN = auto()
    BAD_PIN = auto()
    CLOCK = auto()
    API_AWAY = auto()
    LEDGER_LOST = auto()  # some of its objects
    LEDGER_CUT = auto()


ERRNO = {
    Fault.READ_ERROR: errno.EIO,
    Fault.NO_PERMISSION: errno.EACCES,
    Fault.STALE_HANDLE: errno.ESTALE,
}


@dataclass(frozen=True, kw_only=True)
class Backup:
    """A snapshot and the time (virtual) since when the repository holds it."""

    snapshot: Snapshot
    since: float

    @property
    def index(self) -> str:
        """The index blob that leads to it."""
        return f"n0_{self.snapshot.id}"

    def manifest(self) -> dict[str, Any]:
        """As kopia prints it."""
        snapshot, identity = self.snapshot, self.snapshot.identity
        summary = {
            "size": snapshot.bytes,
            "files": snapshot.files,
            "dirs": snapshot.dirs,
            "numFailed": snapshot.errors,
        }
        entry: dict[str, Any] = {
            "id": snapshot.id,
            "source": {"userName": identity.user, "host": identity.host, "path": identity.path},
            "startTime": snapshot.start.isoformat().replace("+00:00", "Z"),
            "endTime": snapshot.end.isoformat().replace("+00:00", "Z"),
            "rootEntry": {"summ": summary},
        }
        return entry | ({"incomplete": snapshot.incomplete} if snapshot.incomplete else {})


@dataclass(kw_only=True)
class Repository:
    """One repository; backups are only ever added."""

    unique: bytes
    backups: list[Backup] = field(default_factory=list)

    @property
    def unique_id(self) -> str:
        return self.unique.hex()

    def format(self) -> bytes:
        """The blob that names it."""
        return json.dumps({"uniqueID": base64.b64encode(self.unique).decode()}).encode()


class Environment:
    """The storage at one path, its faults, and the clocks."""

    def __init__(self, loop: VirtualLoop, random: Random, folder: Path, noon: datetime) -> None:
        self.loop, self.random, self._noon = loop, random, noon
        self._began = loop.time()
        self.faults: dict[Fault, int] = {}  # with a number that picks what is hit
        self.repository = Repository(unique=random.randbytes(32))
        self.other = Repository(unique=random.randbytes(32))
        self.unknown: list[str] = []  # commands that the modelled kopia does not know
        self.pin_file, self.password_file = folder / "pin", folder / "password"
        self._storage = folder / "storage"
        self.settle()

    def now(self) -> float:
        """Seconds since the beginning."""
        return self.loop.time() - self._began

    def true_time(self) -> datetime:
        """What the writers' clocks say."""
        return self._noon + timedelta(seconds=self.now())

    def wall(self) -> datetime:
        """What the clock of pvc-plumber's node says."""
        jump = self.faults.get(Fault.CLOCK)
        wrong = timedelta() if jump is None else timedelta(seconds=jump % (2 * HOUR) - HOUR)
        return self.true_time() + wrong

    def begin(self, fault: Fault) -> None:
        """Breaks something."""
        self.faults[fault] = self.random.getrandbits(32)
        self.settle()

    def end(self, fault: Fault) -> None:
        """Mends it again, if it was broken."""
        self.faults.pop(fault, None)
        self.settle()
        if fault is Fault.HANGS:
            self.loop.release()

    def settle(self) -> None:
        """Writes all files anew."""
        broken = self.faults
        shutil.rmtree(self._storage, ignore_errors=True)
        index = self._storage / "x"
        index.mkdir(parents=True)
        pin = self.repository.unique_id
        pin = pin[:-1] if Fault.BAD_PIN in broken else pin
        _write(self.pin_file, None if Fault.NO_PIN in broken else pin)
        password = "wrong" if Fault.OTHER_PASSWORD in broken else PASSWORD
        _write(self.password_file, None if Fault.NO_PASSWORD in broken else password)
        mounted = self._mounted()
        if mounted is None:
            index.rmdir()
            return
        (self._storage / FORMAT_BLOB).write_bytes(self._damaged(mounted.format()))
        for backup in self._reachable(mounted):
            (index / backup.index).touch()
        if Fault.INDEX_FOLDER_LOST in broken:
            shutil.rmtree(index)

    def reached(self) -> Path:
        """The storage's folder. Raises OSError, or Blocked."""
        if Fault.HANGS in self.faults:
            raise Blocked
        for fault, number in ERRNO.items():
            if fault in self.faults:
                raise OSError(number, os.strerror(number))
        return self._storage

    def mounted(self) -> Repository | None:
        """What is at the path. Raises OSError, or Blocked."""
        self.reached()
        return self._mounted()

    def listed(self) -> list[Backup]:
        """What the index on the storage leads to."""
        mounted = self._mounted()
        return [] if mounted is None else self._reachable(mounted)

    def _mounted(self) -> Repository | None:
        if Fault.EMPTY in self.faults:
            return None
        return self.other if Fault.SWAPPED in self.faults else self.repository

    def _reachable(self, mounted: Repository) -> list[Backup]:
        backups, broken = list(mounted.backups), self.faults
        if Fault.ROLLED_BACK in broken and mounted is self.repository:
            backups = backups[: broken[Fault.ROLLED_BACK] % (len(backups) + 1)]
        if Fault.INDEX_LOST in broken:
            hit = broken[Fault.INDEX_LOST]
            backups = [backup for backup in backups if _lot(f"{hit} {backup.index}") < HALF]
        return [] if Fault.INDEX_FOLDER_LOST in broken else backups

    def _damaged(self, blob: bytes) -> bytes:
        if Fault.FORMAT_CUT in self.faults:
            return blob[: self.faults[Fault.FORMAT_CUT] % len(blob)]
        if Fault.FORMAT_FLIPPED in self.faults:
            place = self.faults[Fault.FORMAT_FLIPPED] % len(blob)
            return blob[:place] + bytes([blob[place] ^ 1]) + blob[place + 1 :]
        return blob


class Mount:
    """The storage's path as the product's own code uses it: each use can fail or hang."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment

    def __truediv__(self, name: str) -> Path:
        return self._environment.reached() / name

    def __fspath__(self) -> str:
        return os.fspath(self._environment.reached())

    def __str__(self) -> str:
        return "/repository"


def mount(environment: Environment) -> Path:
    """The storage, for code that takes a path."""
    return cast(Path, Mount(environment))


def _lot(text: str) -> float:
    return Random(text).random()  # noqa: S311 - repeatable


def _write(path: Path, text: str | None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    if text is not None:
        path.write_text(text)
