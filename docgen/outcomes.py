"""The table of docs/safety.md, from the outcomes that the lab proves."""

from docgen.marks import between
from lab.faults.catalog import FAULTS
from lab.outcomes.table import TABLE, Probe

BEGIN = "<!-- written by scripts/golden from lab/outcomes/table.py -->"
END = "<!-- end of the written part -->"
_LEGEND = """
- *Pending*: bound when it is healed, without anybody's doing; one with backups with its data.
- *denied*: with the reason; the same creation passes when it is healed. GitOps tries by itself.
- *finishes*: while it is still broken. *waits*: the same Job goes on when it is healed.
- *fails, is repeated*: with the reason in events and conditions, until it has succeeded.
"""


def table() -> str:
    """The table and its legend."""
    lines = [f"| broken | {' | '.join(Probe)} | healed |", "|---" * (len(Probe) + 2) + "|"]
    for name, row in TABLE.items():
        cells = (FAULTS[name].title, *row.expected().values(), row.heals)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n" + _LEGEND


def page(text: str) -> str:
    """The page with the table between its marks, and everything else unchanged."""
    return between(text, BEGIN, END, f"\n{table()}\n")
