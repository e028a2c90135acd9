"""Whether maintenance may believe its clock: by it kopia decides what is old enough to go.

Too far ahead, and a backup that is being written loses what nothing refers to yet.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from contract.times import CLOCKS_DISAGREE, agree, time_text
from kopia.failure import KopiaError
from mover.job.clock import export_time


def require(repository: Path, server: Callable[[], datetime] | None) -> None:
    """Raises KopiaError where the export's clock or the API server's says another time.

    `server` tells the latter; None where nothing of a cluster is at hand.
    """
    others = {"the export's": export_time(repository)}
    if server:
        others["the API server's"] = server()
    problem = disagreement(datetime.now(UTC), others)
    if problem:
        raise KopiaError(problem)


def disagreement(own: datetime, others: dict[str, datetime]) -> str:
    """Which clocks do not agree with this node's, by their names; "" where all do."""
    wrong = [f"{whose} {time_text(time)}" for whose, time in others.items() if not agree(own, time)]
    if not wrong:
        return ""
    return f"{CLOCKS_DISAGREE}: this node's says {time_text(own)}, {' and '.join(wrong)}"
