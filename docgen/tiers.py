"""The tiers as docs/concepts.md shows them, from the rows of contract/schedule.py."""

from datetime import timedelta

from contract.names import Claim
from contract.schedule import TIERS, Tier, cron
from docgen.marks import between

BEGIN = "<!-- written by scripts/golden from contract/schedule.py -->"
END = "<!-- end of the written part -->"
ANY = Claim("any", "any")  # without spread all PVCs of a tier have the same schedule


def _hours(span: timedelta) -> str:
    return f"{span.total_seconds() / 3600:g} hours"


def _spread(tier: Tier) -> str:
    return "the hour" if tier.hour is None else "`schedule.window`"


def table() -> str:
    """A row for each tier."""
    lines = [
        "| tier | schedule | each PVC's own minute lies within | late after |",
        "|---" * 4 + "|",
    ]
    for name, tier in TIERS.items():
        line = cron(name, ANY, spread=False)
        lines.append(f"| `{name}` | `{line}` | {_spread(tier)} | {_hours(tier.late)} |")
    return "\n".join(lines) + "\n"


def page(text: str) -> str:
    """A page with the table between its marks; what else is in it stays."""
    return between(text, BEGIN, END, f"\n{table()}\n")
