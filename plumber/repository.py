"""Looks at the mounted repository, read-only. Everything here may block: see worker."""

import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from contract.answer import SERVICE
from contract.names import Identity
from contract.repository import MAINTENANCE_HOST
from kopia import format_blob
from kopia.command import Kopia, KopiaError
from kopia.repository import connect
from kopia.snapshots import Snapshot, listing

READER = Identity(SERVICE, MAINTENANCE_HOST)
UNIQUE_ID = re.compile(r"[0-9a-f]{64}")


@dataclass(kw_only=True)
class RepositoryReader:
    """The repository under `path`, the file that pins its id, and a kopia of its own."""

    path: Path
    pin_file: Path
    kopia: Kopia
    _undead: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _connected: bool = field(default=False, init=False)

    def pinned(self) -> str:
        """The unique id that counts, read anew: the ConfigMap may come later than this pod."""
        try:
            text = self.pin_file.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            raise KopiaError(
                "no repository is pinned yet; its bootstrap has not finished"
            ) from None
        except (OSError, UnicodeDecodeError):
            raise KopiaError("the pinned repository id cannot be read") from None
        if UNIQUE_ID.fullmatch(text) is None:
            raise KopiaError("the pinned repository id is malformed")
        return text

    def unique_id(self) -> str:
        """The id of the repository that is mounted now."""
        return format_blob.unique_id(self.path)

    def snapshots(self) -> tuple[Snapshot, ...]:
        """All snapshots. Never starts a second kopia beside one that could not be killed."""
        if self._undead is not None and self._undead.poll() is None:
            raise KopiaError("an earlier kopia still hangs on the storage")
        try:
            if not self._connected or not self.kopia.config.exists():
                connect(self.kopia, self.path, readonly=True, identity=READER)
                self._connected = True
            return listing(self.kopia)
        except KopiaError as error:
            self._undead = error.process
            raise
