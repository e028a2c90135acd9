"""Prometheus Operator's view of our pods."""

from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource

from components import pod
from components._register import register
from contract.answer import METRICS
from contract.scope import VOLSYNC_NAMESPACE

API_VERSION = "monitoring.coreos.com/v1"
SERVICE_MONITOR = f"{API_VERSION}/ServiceMonitor"  # as charts ask for it
INTERVAL = "30s"


@dataclass(frozen=True, kw_only=True)
class Monitoring:
    """`namespaces` are where Prometheus runs, `labels` those by which it selects its objects."""

    enabled: bool
    namespaces: tuple[str, ...]
    labels: dict[str, str]


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
