"""Snapshots as a listing has them."""

from datetime import UTC, datetime
from typing import Any

from contract.names import Identity
from kopia.snapshots import Snapshot

MINE = Identity("photos-backup", "media")
MORNING = datetime(2026, 3, 1, tzinfo=UTC)


def snapshot(**changes: Any) -> Snapshot:
    """A complete one of `MINE`, but for the changes."""
    plain: dict[str, Any] = {
        "id": "1" * 32,
        "identity": MINE,
        "start": MORNING,
        "end": MORNING,
        "incomplete": "",
        "files": 1,
        "dirs": 1,
        "bytes": 1,
        "errors": 0,
    }
    return Snapshot(**(plain | changes))
