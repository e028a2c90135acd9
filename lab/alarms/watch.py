"""Watches the alerts of a scene fire and clear."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lab.alarms.scenes import COUNTING, Scene
from lab.application import Application
from lab.monitoring import prometheus
from lab.polling import wait_until, wait_until_gone
from manifests.alerts.prometheus_rule import ALERTS

# Alerts whose summary names the namespace of what they are about.
PLACED = {alert.name for alert in ALERTS if "namespace }}" in alert.summary}
PATIENCE = 240.0  # seconds for an alert to fire, or to clear


@dataclass(frozen=True, kw_only=True)
class Fired:
    """One alert that has fired; `cleared` is None where it counts the past."""

    alert: str
    severity: str
    summary: str
    fired: float  # seconds since all was broken
    cleared: float | None  # seconds since it was healed


def firing(namespace: str, name: str) -> dict[str, Any] | None:
    """The alert of that name, if it fires now for this namespace."""
    for alert in prometheus.alerts():
        is_it = (alert["labels"]["alertname"], alert["state"]) == (name, "firing")
        if is_it and (name not in PLACED or namespace in alert["annotations"]["summary"]):
            return alert
    return None


def watch(app: Application, scene: Scene) -> Iterator[Fired]:
    """Plays a scene. Raises TimeoutError for an alert that does not fire, or does not clear."""
    alerts: dict[str, tuple[dict[str, Any], float]] = {}
    place = scene.namespace or app.namespace
    early = [name for name in scene.alerts if name not in COUNTING and firing(place, name)]
    if early:
        raise RuntimeError(f"fires before anything is broken: {', '.join(early)}")
    with scene.cause(app):
        broken = time.monotonic()
        for name in scene.alerts:
            alert = wait_until(f"alert {name}", lambda name=name: firing(place, name), PATIENCE)
            alerts[name] = (alert, time.monotonic() - broken)
    healed = time.monotonic()
    for name, (alert, fired) in alerts.items():
        cleared = None
        if name not in COUNTING:
            wait_until_gone(f"alert {name}", lambda name=name: firing(place, name), PATIENCE)
            cleared = time.monotonic() - healed
        summary, severity = alert["annotations"]["summary"], alert["labels"]["severity"]
        yield Fired(alert=name, severity=severity, summary=summary, fired=fired, cleared=cleared)
