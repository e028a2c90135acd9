"""Panels that show values over time."""

from dataclasses import dataclass
from typing import ClassVar

from manifests.grafana.panel import GREEN, RED, Json, Panel, Scale

# Rare events are counted over at least this long. Where the screen is too narrow for that, they are
# counted over the time that one point stands for, so that none is missed or counted twice.
BUCKET = "15m"
WINDOW = "$__interval"


@dataclass(frozen=True, kw_only=True)
class Graph(Panel):
    """Lines, with a horizontal one at the limit."""

    kind: ClassVar[str] = "timeseries"
    is_instant: ClassVar[bool] = False

    limit: float | None = None
    min_interval: str = ""  # BUCKET where an expression looks back over WINDOW

    def defaults(self) -> Json:
        return {
            "color": {"mode": "palette-classic"},
            "min": 0,
            "thresholds": Scale(GREEN, self.limit, RED).thresholds(),
            "custom": {
                "drawStyle": "line",
                "fillOpacity": 10,
                "thresholdsStyle": {"mode": "off" if self.limit is None else "line"},
            },
        }

    def options(self) -> Json:
        return {
            "legend": {"showLegend": True, "displayMode": "list", "placement": "bottom"},
            "tooltip": {"mode": "multi", "sort": "desc"},
        }

    def extras(self) -> Json:
        return {"interval": self.min_interval} if self.min_interval else {}


@dataclass(frozen=True, kw_only=True)
class Counts(Graph):
    """Stacked bars that count events."""

    min_interval: str = BUCKET

    def defaults(self) -> Json:
        lines = super().defaults()
        bars = {"drawStyle": "bars", "fillOpacity": 80, "stacking": {"mode": "normal"}}
        # increase() extrapolates, so that one event may count as 1.03.
        return {**lines, "decimals": 0, "custom": {**lines["custom"], **bars}}


@dataclass(frozen=True, kw_only=True)
class States(Panel):
    """One red band per series, for as long as the series exists."""

    kind: ClassVar[str] = "state-timeline"
    is_instant: ClassVar[bool] = False

    def defaults(self) -> Json:
        return {
            "color": {"mode": "fixed", "fixedColor": RED},
            "noValue": "none",
            "custom": {"fillOpacity": 80, "lineWidth": 0},
        }

    def options(self) -> Json:
        return {"showValue": "never", "mergeValues": True, "legend": {"showLegend": False}}
