"""What Prometheus reads: its configuration, made of the ServiceMonitors that are deployed.

There is no Prometheus Operator on the lab; of a ServiceMonitor only what our own use is read.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from lab import accounts, network, paths
from lab.objects import monitoring

INTERVAL = "2s"
STATE_PORT = 8091
# Programs of the node: on other clusters pods, scraped by their own charts' monitors.
NODE_PROGRAMS = {"kube-state-metrics": STATE_PORT, "external-secrets": 8090}

Manifest = Mapping[str, Any]


def _keep(source: str, value: str) -> dict[str, Any]:
    return {"source_labels": [source], "regex": re.escape(value), "action": "keep"}


def _copy(source: str, target: str) -> dict[str, Any]:
    return {"source_labels": [f"__meta_kubernetes_{source}"], "target_label": target}


def label_name(label: str) -> str:
    """What a label is called in Prometheus."""
    return re.sub(r"[^a-zA-Z0-9_]", "_", label)


def of_monitor(monitor: Manifest) -> list[dict[str, Any]]:
    """A job for each endpoint of a ServiceMonitor, with the labels that the operator gives."""
    own, spec = monitor["metadata"], monitor["spec"]
    chosen = spec["selector"]["matchLabels"]
    namespaces = spec.get("namespaceSelector", {}).get("matchNames", [own["namespace"]])
    services = [
        _keep(f"__meta_kubernetes_service_label_{label_name(label)}", value)
        for label, value in sorted(chosen.items())
    ]
    return [
        {
            "job_name": f"{own['namespace']}/{own['name']}/{number}",
            "metrics_path": endpoint.get("path", "/metrics"),
            "kubernetes_sd_configs": [
                {
                    "role": "endpoints",
                    "kubeconfig_file": paths.inside(accounts.kubeconfig(monitoring.PROMETHEUS)),
                    "namespaces": {"names": namespaces},
                }
            ],
            "relabel_configs": [
                *services,
                _keep("__meta_kubernetes_endpoint_port_name", endpoint["port"]),
                _copy("namespace", "namespace"),
                _copy("service_name", "service"),
                _copy("pod_name", "pod"),
            ],
        }
        for number, endpoint in enumerate(spec["endpoints"])
    ]


def configuration(monitors: Iterable[Manifest], rules: str) -> dict[str, Any]:
    """Prometheus's configuration; `rules` is its file of rules."""
    on_node = [
        {
            "job_name": name,
            "honor_labels": True,
            "static_configs": [{"targets": [f"{network.NODE}:{port}"]}],
        }
        for name, port in NODE_PROGRAMS.items()
    ]
    found = [job for monitor in monitors for job in of_monitor(monitor)]
    return {
        "global": {"scrape_interval": INTERVAL, "evaluation_interval": INTERVAL},
        "rule_files": [rules],
        "scrape_configs": [*on_node, *found],
    }
