"""Whether this node's clock can be believed: kopia dates snapshots by it.

What expires and what is restored follows from those dates. So the API server's clock decides, and
where a Job may have begun long after that one was read, the export's has to agree.
"""

import os
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from contract.times import CLOCKS_DISAGREE, SKEW, SteadyClock, agree, time_text
from kopia.failure import KopiaError
from kopia.snapshots import Snapshot
from mover.job.task import Ordered


def believed(ordered: Ordered, repository: Path) -> SteadyClock:
    """This node's clock. Raises KopiaError where the others say another time."""
    own = datetime.now(UTC)
    problem = disagreement(own, ordered, lambda: export_time(repository))
    if problem:
        raise KopiaError(problem)
    return SteadyClock(own)


def disagreement(own: datetime, ordered: Ordered, export: Callable[[], datetime]) -> str:
    """Why a node's clock cannot be believed; "" where it can.

    `export` is asked only where the API server's time leaves it open: a Job that begins late looks
    like a clock that is ahead.
    """
    if agree(own, ordered.at):
        return ""
    text = (
        f"{CLOCKS_DISAGREE}: this node's clock says {time_text(own)}, the API server's said "
        f"{time_text(ordered.at)} when the Job was made"
    )
    if not ordered.at < own <= ordered.at + timedelta(seconds=ordered.start_deadline) + SKEW:
        return text
    third = export()
    return "" if agree(own, third) else f"{text}, the export's says {time_text(third)}"


def export_time(repository: Path) -> datetime:
    """What the clock of the export's server says, by a file that is made there. Raises OSError."""
    with tempfile.TemporaryFile(dir=repository) as file:
        return datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC)


def require_dates(snapshot: Snapshot, began: datetime) -> None:
    """Raises KopiaError unless a snapshot bears the time at which it was begun, and a later end."""
    if not agree(snapshot.start, began) or snapshot.end < snapshot.start:
        raise KopiaError(
            f"{CLOCKS_DISAGREE}: kopia dated the new snapshot {time_text(snapshot.start)} to "
            f"{time_text(snapshot.end)}, but it was begun at {time_text(began)}"
        )
