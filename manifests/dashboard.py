"""A Grafana dashboard in a ConfigMap, which Grafana's sidecar selects by its labels."""

import json
from collections.abc import Collection, Sequence
from typing import Any

from contract.scope import VOLSYNC_NAMESPACE
from manifests.alerts.prometheus_rule import NAME
from manifests.grafana.panel import MAX_WIDTH, SCHEMA, Json, Row
from manifests.grafana.variable import VARIABLES
from manifests.panels import audit, backups, drills, health, restores

FILE = f"{NAME}.json"
ROWS = (health.ROW, backups.ROW, restores.ROW, drills.ROW, audit.ROW)


def _placed(rows: Sequence[Row], runbook: str) -> list[Json]:
    """The panels with their positions, one row below the other, numbered in that order."""
    panels: list[Json] = []
    y = 0
    for row in rows:
        place = {"x": 0, "y": y, "w": MAX_WIDTH, "h": 1}
        heading = {"title": row.title, "gridPos": place, "collapsed": False, "panels": []}
        panels.append({"id": len(panels) + 1, "type": "row", **heading})
        x, y = 0, y + 1
        for panel in row.panels:
            panels.append(panel.json(number=len(panels) + 1, x=x, y=y, runbook=runbook))
            x += panel.width
            if x == MAX_WIDTH:
                x, y = 0, y + panel.height
    return panels


def _link(runbook: str) -> Json:
    return {"title": "Runbook", "type": "link", "icon": "doc", "url": runbook, "targetBlank": True}


def dashboard(*, left_out: Collection[Row] = (), runbook: str = "") -> Json:
    """The dashboard. Its address, /d/<uid>, stays the same whatever it contains."""
    rows = [row for row in ROWS if row not in left_out]
    return {
        "uid": NAME,
        "title": "PVC backup and restore",
        "description": "Are all PVCs backed up, and would they come back?",
        "tags": [NAME],
        "schemaVersion": SCHEMA,
        "time": {"from": "now-24h", "to": "now"},
        "refresh": "1m",
        "timezone": "browser",
        "graphTooltip": 1,  # the cursor is shown in all panels
        "templating": {"list": VARIABLES},
        "links": [_link(runbook)] if runbook else [],
        "panels": _placed(rows, runbook),
    }


def config_map(
    *, labels: dict[str, str], left_out: Collection[Row] = (), runbook: str = ""
) -> dict[str, Any]:
    """The object; `labels` make the sidecar select it, `runbook` is where panels link to."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": f"{NAME}-dashboard",
            "namespace": VOLSYNC_NAMESPACE,
            "labels": dict(labels),
        },
        "data": {FILE: json.dumps(dashboard(left_out=left_out, runbook=runbook), indent=2)},
    }
