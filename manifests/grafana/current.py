"""Panels that show current values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from manifests.grafana.panel import NEUTRAL, NO_DATA, ORANGE, Json, Panel, Scale

VALUE = "Value"  # Grafana's name of the column with the number
_LAST = {"calcs": ["lastNotNull"], "fields": "", "values": False}


@dataclass(frozen=True, kw_only=True)
class Stat(Panel):
    """One number, or a word for it, on a colour. A missing value is never shown as good."""

    kind: ClassVar[str] = "stat"
    is_instant: ClassVar[bool] = True

    scale: Scale = NEUTRAL
    words: Mapping[int, tuple[str, str]] = field(default_factory=dict)  # word and colour
    missing: str = NO_DATA
    width: int = 3
    height: int = 4

    def defaults(self) -> Json:
        words = {
            str(value): {"index": place, "text": word, "color": color}
            for place, (value, (word, color)) in enumerate(self.words.items())
        }
        missing = {"index": len(words), "text": self.missing, "color": ORANGE}
        return {
            "color": {"mode": "thresholds"},
            "thresholds": self.scale.thresholds(),
            "mappings": [
                *([{"type": "value", "options": words}] if words else []),
                {"type": "special", "options": {"match": "null+nan", "result": missing}},
            ],
        }

    def options(self) -> Json:
        return {
            "colorMode": "background",
            "graphMode": "none",
            "textMode": "auto",
            "reduceOptions": _LAST,
        }


@dataclass(frozen=True, kw_only=True)
class Bars(Panel):
    """One bar per series, for a few series."""

    kind: ClassVar[str] = "bargauge"
    is_instant: ClassVar[bool] = True

    def defaults(self) -> Json:
        return {"color": {"mode": "thresholds"}, "thresholds": NEUTRAL.thresholds(), "min": 0}

    def options(self) -> Json:
        return {"displayMode": "basic", "orientation": "horizontal", "reduceOptions": _LAST}


@dataclass(frozen=True, kw_only=True)
class Table(Panel):
    """One line per series. `columns` maps labels, or VALUE, to their headings."""

    kind: ClassVar[str] = "table"
    is_instant: ClassVar[bool] = True
    format: ClassVar[str] = "table"

    columns: Mapping[str, str]

    def defaults(self) -> Json:
        return {"noValue": "none"}

    def options(self) -> Json:
        return {"showHeader": True, "cellHeight": "sm"}

    def extras(self) -> Json:
        layout = {
            "excludeByName": dict.fromkeys(sorted({"Time", VALUE} - set(self.columns)), True),
            "indexByName": {name: place for place, name in enumerate(self.columns)},
            "renameByName": dict(self.columns),
        }
        return {"transformations": [{"id": "organize", "options": layout}]}
