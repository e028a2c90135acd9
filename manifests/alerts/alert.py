"""One alert rule as Prometheus reads it."""

from dataclasses import dataclass, field, replace
from typing import Any

THRESHOLD = "<threshold>"


def section(runbook: str, alert: str) -> str:
    """Address of an alert's section in the runbook."""
    return f"{runbook}#{alert.lower()}"


@dataclass(frozen=True, kw_only=True)
class Change:
    """A stack's changes to one alert; "" and None keep the default."""

    enabled: bool = True
    """`false` turns the alert off."""
    wait: str = field(
        default="", metadata={"pattern": r"^([0-9]+[smhdw])*$", "title": "time such as `2h`"}
    )
    """How long it must hold; if not set, as it is."""
    severity: str = ""
    """Its label `severity`; if not set, as it is."""
    threshold: float | None = field(default=None, metadata={"gt": 0, "allow_inf_nan": False})
    """What its number is compared with; if not set, as it is."""


@dataclass(frozen=True, kw_only=True)
class Alert:
    """One rule. `wait` is how long the expression must hold.

    `expr` compares with `threshold`, a number of `unit`, where THRESHOLD stands in it.
    """

    name: str
    expr: str
    threshold: float | None = None
    unit: str = ""
    wait: str = "0m"
    severity: str = "warning"
    summary: str

    def changed(self, change: Change) -> "Alert":
        """The alert with these changes. Raises ValueError for a threshold that it does not have."""
        if change.threshold is not None and self.threshold is None:
            raise ValueError(f"{self.name} has no threshold")
        return replace(
            self,
            wait=change.wait or self.wait,
            severity=change.severity or self.severity,
            threshold=self.threshold if change.threshold is None else change.threshold,
        )

    def rule(self, runbook: str) -> dict[str, Any]:
        """The rule in the format of Prometheus."""
        return {
            "alert": self.name,
            "expr": self.expr.replace(THRESHOLD, f"{self.threshold:.12g}")
            if self.threshold is not None
            else self.expr,
            "for": self.wait,
            "labels": {"severity": self.severity},
            "annotations": {
                "summary": self.summary,
                "runbook_url": section(runbook, self.name),
            },
        }
