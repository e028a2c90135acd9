"""One alert rule as Prometheus reads it."""

from dataclasses import dataclass, replace
from typing import Any


def section(runbook: str, alert: str) -> str:
    """Where the runbook tells of an alert."""
    return f"{runbook}#{alert.lower()}"


@dataclass(frozen=True, kw_only=True)
class Change:
    """What a stack wants otherwise of one alert; "" leaves it as it is."""

    wait: str = ""
    severity: str = ""


@dataclass(frozen=True, kw_only=True)
class Alert:
    """One rule. `wait` is how long the expression must hold."""

    name: str
    expr: str
    wait: str = "0m"
    severity: str = "warning"
    summary: str

    def changed(self, change: Change) -> "Alert":
        """The same alert as a stack wants it."""
        return replace(
            self, wait=change.wait or self.wait, severity=change.severity or self.severity
        )

    def rule(self, runbook: str) -> dict[str, Any]:
        """As Prometheus reads it."""
        return {
            "alert": self.name,
            "expr": self.expr,
            "for": self.wait,
            "labels": {"severity": self.severity},
            "annotations": {
                "summary": self.summary,
                "runbook_url": section(runbook, self.name),
            },
        }
