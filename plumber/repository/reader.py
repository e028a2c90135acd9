"""Reads the mounted repository, read-only. Everything here may block: see worker."""

import hashlib
import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from contract.answer import SERVICE
from contract.environment import ReaderSettings
from contract.names import Identity
from contract.repository import MAINTENANCE_HOST, pinned_file
from kopia import format_blob
from kopia.command import Kopia, KopiaError
from kopia.repository import connect
from kopia.snapshots import SnapshotList, whole_list

READER = Identity(SERVICE, MAINTENANCE_HOST)
UNIQUE_ID = re.compile(r"[0-9a-f]{64}")
# Each commit adds one of these; m is the log of compactions in repositories of the first format.
CHANGES = (*format_blob.INDEX, "m")


@dataclass(frozen=True, kw_only=True)
class Look:
    """What the storage shows without kopia: equal looks mean equal lists of snapshots.

    Kopia commits by adding an index blob under a name never used before, be it a new snapshot, a
    deletion or maintenance; another password rewrites the format blob.
    """

    unique_id: str
    state: str  # a hash of the format blob and of the names of all index blobs
    size: int = field(default=0, compare=False)  # bytes of the volume
    free: int = field(default=0, compare=False)  # bytes of it that kopia can still write


def reader(chosen: ReaderSettings) -> "RepositoryReader":
    """The reader that the settings describe."""
    kopia = Kopia(
        binary=chosen.kopia,
        config=chosen.state / "repository.config",
        cache=chosen.state / "cache",
        logs=chosen.state / "logs",
        password_file=chosen.password_file,
        deadline=chosen.listing_deadline,
    )
    return RepositoryReader(path=chosen.repository, pin_file=chosen.pin_file, kopia=kopia)


@dataclass(kw_only=True)
class RepositoryReader:
    """The repository under `path`, the file that pins its id, and a kopia of its own."""

    path: Path
    pin_file: Path
    kopia: Kopia
    _undead: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def pinned(self) -> str:
        """The unique id that counts, read anew: the ConfigMap may come later than this pod."""
        try:
            text = pinned_file(self.pin_file)
        except (OSError, ValueError):
            raise KopiaError("the pinned repository id cannot be read") from None
        if not text:
            raise KopiaError("no repository is pinned yet; its bootstrap has not finished")
        if UNIQUE_ID.fullmatch(text) is None:
            raise KopiaError("the pinned repository id is malformed")
        return text

    def look(self) -> Look:
        """The state of the mounted repository, in some milliseconds."""
        unique_id = format_blob.unique_id(self.path)
        state = hashlib.sha256()
        try:
            state.update((self.path / format_blob.FORMAT_BLOB).read_bytes())
            for name in sorted(format_blob.index_names(self.path, CHANGES)):
                state.update(b"\0" + os.fsencode(name))
            volume = os.statvfs(self.path)
        except OSError as error:
            reason = f"the repository's path cannot be read: {error.strerror}"
            raise KopiaError(reason) from None
        return Look(
            unique_id=unique_id,
            state=state.hexdigest(),
            size=volume.f_blocks * volume.f_frsize,
            free=volume.f_bavail * volume.f_frsize,
        )

    def whole_list(self) -> SnapshotList:
        """All snapshots. Never starts a second kopia beside one that could not be killed."""
        if self._undead is not None and self._undead.poll() is None:
            raise KopiaError("an earlier kopia still hangs on the storage")
        try:
            connect(self.kopia, self.path, readonly=True, identity=READER)
            return whole_list(self.kopia)
        except KopiaError as error:
            self._undead = error.process
            raise
