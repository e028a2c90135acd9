"""Builds Prometheus's configuration and targets from the deployed ServiceMonitors.

There is no Prometheus Operator on the lab, and Debian's Prometheus cannot ask the API server, so
the targets are handed to it in files. Of a ServiceMonitor only what our own use is read.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from lab.node import network

INTERVAL = "2s"
STATE_PORT = 8091
# Programs of the node: on other clusters pods, scraped by their own charts' monitors.
NODE_PROGRAMS = {"kube-state-metrics": STATE_PORT, "external-secrets": 8090}

Manifest = Mapping[str, Any]


def jobs(monitors: Iterable[Manifest]) -> dict[str, tuple[Manifest, Manifest]]:
    """Each endpoint of each ServiceMonitor, with the monitor, by the name of its job."""
    return {
        f"{monitor['metadata']['namespace']}-{monitor['metadata']['name']}-{number}": (
            monitor,
            endpoint,
        )
        for monitor in monitors
        for number, endpoint in enumerate(monitor["spec"]["endpoints"])
    }


def groups(
    monitor: Manifest,
    endpoint: Manifest,
    services: Iterable[Manifest],
    slices: Iterable[Manifest],
) -> list[dict[str, Any]]:
    """The targets of a ServiceMonitor's endpoint, with the labels that the operator sets."""
    own, spec = monitor["metadata"], monitor["spec"]
    chosen = spec["selector"]["matchLabels"].items()
    namespaces = spec.get("namespaceSelector", {}).get("matchNames", [own["namespace"]])
    meant = {
        (service["metadata"]["namespace"], service["metadata"]["name"])
        for service in services
        if service["metadata"]["namespace"] in namespaces
        and chosen <= service["metadata"].get("labels", {}).items()
    }
    return [
        {
            "targets": [f"{address}:{port['port']}" for address in backend["addresses"]],
            "labels": {"namespace": namespace, "service": service} | _pod(backend),
        }
        for part in slices
        for namespace, service in [(part["metadata"]["namespace"], _service(part))]
        if (namespace, service) in meant
        for port in part.get("ports") or []
        if port.get("name") == endpoint["port"]
        for backend in part.get("endpoints") or []
    ]


def _service(part: Manifest) -> str:
    return part["metadata"].get("labels", {}).get("kubernetes.io/service-name", "")


def _pod(endpoint: Manifest) -> dict[str, str]:
    about = endpoint.get("targetRef", {})
    return {"pod": about["name"]} if about.get("kind") == "Pod" else {}


def configuration(
    monitors: Iterable[Manifest], rules: str, targets: Callable[[str], str]
) -> dict[str, Any]:
    """Prometheus's configuration: its file of rules, and for each job its file of targets."""
    on_node = [
        {
            "job_name": name,
            "honor_labels": True,
            "static_configs": [{"targets": [f"{network.NODE}:{port}"]}],
        }
        for name, port in NODE_PROGRAMS.items()
    ]
    scraped = [
        {
            "job_name": name,
            "metrics_path": endpoint.get("path", "/metrics"),
            "scheme": endpoint.get("scheme", "http"),
            "tls_config": {
                "insecure_skip_verify": endpoint.get("tlsConfig", {}).get(
                    "insecureSkipVerify", False
                )
            },
            "file_sd_configs": [{"files": [targets(name)], "refresh_interval": INTERVAL}],
        }
        for name, (_, endpoint) in jobs(monitors).items()
    ]
    return {
        "global": {"scrape_interval": INTERVAL, "evaluation_interval": INTERVAL},
        "rule_files": [rules],
        "scrape_configs": [*on_node, *scraped],
    }
