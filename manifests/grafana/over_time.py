"""Panels that show how it was over time."""

from dataclasses import dataclass
from typing import ClassVar

from manifests.grafana.panel import GREEN, RED, Json, Panel, Scale

# What happens now and then is counted over at least this long; where the screen is too narrow for
# that, over what one point of it stands for. So nothing is left out, and nothing counted twice.
BUCKET = "15m"
WINDOW = "$__interval"


@dataclass(frozen=True, kw_only=True)
class Graph(Panel):
    """Lines, and one across where it gets bad."""

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

    def more(self) -> Json:
        return {"interval": self.min_interval} if self.min_interval else {}


@dataclass(frozen=True, kw_only=True)
class Counts(Graph):
    """Stacked bars: how often something happened."""

    min_interval: str = BUCKET

    def defaults(self) -> Json:
        lines = super().defaults()
        bars = {"drawStyle": "bars", "fillOpacity": 80, "stacking": {"mode": "normal"}}
        # increase() extrapolates, so that one event may count as 1.03.
        return {**lines, "decimals": 0, "custom": {**lines["custom"], **bars}}


@dataclass(frozen=True, kw_only=True)
class States(Panel):
    """A red band for each series, for as long as there is one."""

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
