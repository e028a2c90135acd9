"""Whether maintenance may believe its clock: by it kopia decides what is old enough to go.

Too far ahead, and a backup that is being written loses what nothing refers to yet.
"""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from contract.times import CLOCKS_DISAGREE, SKEW, agree, time_text
from kopia.failure import KopiaError
from mover.job.clock import export_time

# The CronJob controller names a Job by the minute since 1970 for which it was due, the control
# plane's clock; its pod, whose name is its host's name, has five characters more.
HOST = re.compile(r".*-(?P<minute>\d{8})-[a-z0-9]{5}")
# A Job that begins later is no longer wanted: the next one is due.
LATE = timedelta(hours=2)


def require(repository: Path, host: str) -> None:
    """Raises KopiaError where the export's or the control plane's clock say another time."""
    problem = disagreement(datetime.now(UTC), export_time(repository), due(host))
    if problem:
        raise KopiaError(problem)


def due(host: str) -> datetime | None:
    """When a CronJob's pod was due, by its host's name; None where a person has started it."""
    match = HOST.fullmatch(host)
    return datetime.fromtimestamp(60 * int(match["minute"]), UTC) if match else None


def disagreement(own: datetime, export: datetime, due: datetime | None) -> str:
    """Why this clock cannot be believed; "" where it can."""
    here = f"{CLOCKS_DISAGREE}: this node's says {time_text(own)}"
    if not agree(own, export):
        return f"{here}, the export's {time_text(export)}"
    if due and not due - SKEW <= own <= due + LATE:
        return f"{here} for a run that was due at {time_text(due)}"
    return ""
