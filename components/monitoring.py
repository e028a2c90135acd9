"""ServiceMonitors, and what several parts share about Prometheus."""

from dataclasses import dataclass, field

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource

from components import pod
from components._register import register
from contract.answer import METRICS
from contract.names import require_namespaces
from contract.scope import VOLSYNC_NAMESPACE
from manifests.alerts.alert import Change

API_VERSION = "monitoring.coreos.com/v1"
SERVICE_MONITOR = f"{API_VERSION}/ServiceMonitor"  # as charts ask for it
INTERVAL = "30s"


@dataclass(frozen=True, kw_only=True)
class Monitoring:
    """What several parts share about Prometheus: the stack's section `alerts`."""

    enabled: bool = False
    """PrometheusRule and ServiceMonitors; needs Prometheus Operator."""
    labels: dict[str, str] = field(default_factory=dict)
    """Labels by which Prometheus selects them, such as `release: prometheus`."""
    runbook: str = ""
    """Address of the runbook that every alert links to, and panels of the dashboard where it is
    set; if not set, alerts name `docs/operations.md`."""
    namespaces: tuple[str, ...] = field(default=(), metadata={"title": "namespace list"})
    """Namespaces whose pods may scrape metrics."""
    rules: dict[str, Change] = field(default_factory=dict)
    """Changes to single alerts, by the name of the alert. What is not named stays as it is."""

    def __post_init__(self) -> None:
        require_namespaces(
            {f"namespaces.{place}": name for place, name in enumerate(self.namespaces)}
        )


def service_monitor(
    name: str, target: str, monitoring: Monitoring, opts: pulumi.ResourceOptions, *, port: str
) -> CustomResource:
    """Scrapes the named port of a part's Service."""
    manifest = {
        "apiVersion": API_VERSION,
        "kind": "ServiceMonitor",
        "metadata": {
            "name": target,
            "namespace": VOLSYNC_NAMESPACE,
            "labels": {**pod.labels(target), **monitoring.labels},
        },
        "spec": {
            "selector": {"matchLabels": pod.selector(target)},
            "namespaceSelector": {"matchNames": [VOLSYNC_NAMESPACE]},
            "endpoints": [{"port": port, "path": METRICS, "interval": INTERVAL}],
        },
    }
    return register(name, manifest, opts)
