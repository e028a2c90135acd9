"""The base class of all panels, and how Grafana reads a panel."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from string import ascii_uppercase
from typing import Any, ClassVar

from manifests.alerts.alert import section
from manifests.grafana.variable import DATASOURCE

# The panels are written for this version; a later Grafana migrates them when it loads them.
VERSION = "11.6.0"
SCHEMA = 41
MAX_WIDTH = 24

GREEN, ORANGE, RED, BLUE = "green", "orange", "red", "blue"
NO_DATA = "no data"

Json = dict[str, Any]


class Unit(StrEnum):
    """Unit in which Grafana formats a number."""

    NUMBER = "short"
    SECONDS = "s"
    BYTES = "bytes"
    SHARE = "percentunit"


@dataclass(frozen=True)
class Query:
    """A PromQL expression and the legend of its series."""

    expr: str
    legend: str = "__auto"


@dataclass(frozen=True)
class Scale:
    """Colours of values below `limit` and of values from `limit` on."""

    low: str = BLUE
    limit: float | None = None
    high: str = BLUE

    def thresholds(self) -> Json:
        """The scale in Grafana's format."""
        steps: list[Json] = [{"color": self.low, "value": None}]
        if self.limit is not None:
            steps.append({"color": self.high, "value": self.limit})
        return {"mode": "absolute", "steps": steps}


NEUTRAL = Scale()


def bad_from(limit: float) -> Scale:
    """A scale for values that must stay below the limit."""
    return Scale(GREEN, limit, RED)


def good_from(limit: float) -> Scale:
    """A scale for values that must not fall below the limit."""
    return Scale(RED, limit, GREEN)


@dataclass(frozen=True, kw_only=True)
class Panel(ABC):
    """One panel. `description` explains a bad value; the panel links to its alerts' sections."""

    kind: ClassVar[str]
    is_instant: ClassVar[bool]  # whether it shows current values; else values over time
    format: ClassVar[str] = "time_series"

    title: str
    description: str
    queries: tuple[Query, ...]
    alerts: tuple[str, ...] = ()
    unit: Unit = Unit.NUMBER
    width: int = MAX_WIDTH // 2
    height: int = 8

    @abstractmethod
    def defaults(self) -> Json:
        """Grafana's field defaults: how values are displayed."""

    @abstractmethod
    def options(self) -> Json:
        """Grafana's options of this kind of panel."""

    def extras(self) -> Json:
        """Keys that only some kinds have."""
        return {}

    def json(self, *, number: int, x: int, y: int, runbook: str) -> Json:
        """The panel at its position. Without a runbook's address it has no links."""
        return {
            "id": number,
            "type": self.kind,
            "pluginVersion": VERSION,
            "title": self.title,
            "description": self.description,
            "gridPos": {"x": x, "y": y, "w": self.width, "h": self.height},
            "datasource": DATASOURCE,
            "targets": [self._target(*numbered) for numbered in enumerate(self.queries)],
            "fieldConfig": {"defaults": {"unit": self.unit, **self.defaults()}, "overrides": []},
            "options": self.options(),
            "links": [
                {"title": f"Runbook: {name}", "url": section(runbook, name), "targetBlank": True}
                for name in self.alerts
                if runbook
            ],
            **self.extras(),
        }

    def _target(self, place: int, query: Query) -> Json:
        return {
            "refId": ascii_uppercase[place],
            "datasource": DATASOURCE,
            "editorMode": "code",
            "expr": query.expr,
            "legendFormat": query.legend,
            "format": self.format,
            "instant": self.is_instant,
            "range": not self.is_instant,
        }


@dataclass(frozen=True)
class Row:
    """A heading and its panels, left to right. Each line must be full and of one height."""

    title: str
    panels: tuple[Panel, ...]
