"""What all panels have in common, as Grafana reads it."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from string import ascii_uppercase
from typing import Any, ClassVar

from manifests.alerts.alert import section
from manifests.grafana.variable import DATASOURCE

# The panels are written in this version's way; a later Grafana brings them up to date by itself.
VERSION = "11.6.0"
SCHEMA = 41
MAX_WIDTH = 24

GREEN, ORANGE, RED, BLUE = "green", "orange", "red", "blue"
NO_DATA = "no data"

Json = dict[str, Any]


class Unit(StrEnum):
    """How a number is written."""

    NUMBER = "short"
    SECONDS = "s"
    BYTES = "bytes"
    SHARE = "percentunit"


@dataclass(frozen=True)
class Query:
    """An expression, and the name of what it gives."""

    expr: str
    legend: str = "__auto"


@dataclass(frozen=True)
class Scale:
    """Colours: of low values, and of those from `limit` on."""

    low: str = BLUE
    limit: float | None = None
    high: str = BLUE

    def thresholds(self) -> Json:
        """As Grafana reads it."""
        steps: list[Json] = [{"color": self.low, "value": None}]
        if self.limit is not None:
            steps.append({"color": self.high, "value": self.limit})
        return {"mode": "absolute", "steps": steps}


NEUTRAL = Scale()


def bad_from(limit: float) -> Scale:
    """For a value that must stay below."""
    return Scale(GREEN, limit, RED)


def good_from(limit: float) -> Scale:
    """For a value that must not fall below."""
    return Scale(RED, limit, GREEN)


@dataclass(frozen=True, kw_only=True)
class Panel(ABC):
    """One panel. `description` tells what a bad value means; it links to the alerts' sections."""

    kind: ClassVar[str]
    is_instant: ClassVar[bool]  # whether it shows how it is, or how it was over time
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
        """How values look."""

    @abstractmethod
    def options(self) -> Json:
        """How the picture looks."""

    def more(self) -> Json:
        """What only some kinds have."""
        return {}

    def json(self, *, number: int, x: int, y: int, runbook: str) -> Json:
        """The panel at its place. Without the address of a runbook there is nothing to link to."""
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
            **self.more(),
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
    """A heading with its panels, left to right; each line of them is full and of one height."""

    title: str
    panels: tuple[Panel, ...]
