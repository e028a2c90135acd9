"""Alert rules as a PrometheusRule. Each alert has a section of its name in docs/operations.md."""

from collections.abc import Collection, Mapping
from typing import Any

from contract.scope import VOLSYNC_NAMESPACE
from manifests.alerts import audit, backups, drills, health, maintenance, repository
from manifests.alerts.alert import Change

API_VERSION = "monitoring.coreos.com/v1"
NAME = "pvc-backup"
RUNBOOK = "docs/operations.md"

UNCHANGED = Change()
NO_CHANGES: Mapping[str, Change] = {}

ALERTS = (
    *health.ALERTS,
    *repository.ALERTS,
    *backups.ALERTS,
    *maintenance.ALERTS,
    *drills.ALERTS,
    *audit.ALERTS,
)


def prometheus_rule(
    *,
    labels: dict[str, str],
    left_out: Collection[str] = (),
    changes: Mapping[str, Change] = NO_CHANGES,
    runbook: str = RUNBOOK,
) -> dict[str, Any]:
    """The object; `labels` make Prometheus select it, `runbook` is the page with the sections.

    Raises ValueError where `left_out` or `changes` name an alert that does not exist.
    """
    unknown = {*left_out, *changes} - {alert.name for alert in ALERTS}
    if unknown:
        raise ValueError(f"there is no alert {', '.join(sorted(unknown))}")
    rules = [
        alert.changed(changes.get(alert.name, UNCHANGED)).rule(runbook)
        for alert in ALERTS
        if alert.name not in left_out and changes.get(alert.name, UNCHANGED).enabled
    ]
    return {
        "apiVersion": API_VERSION,
        "kind": "PrometheusRule",
        "metadata": {
            "name": NAME,
            "namespace": VOLSYNC_NAMESPACE,
            "labels": dict(labels),
        },
        "spec": {"groups": [{"name": NAME, "rules": rules}]},
    }
