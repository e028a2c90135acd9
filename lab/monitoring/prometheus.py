"""Prometheus and kube-state-metrics: started for a while, asked, and ended."""

import json
import shutil
import urllib.parse
import urllib.request
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lab import accounts, api, component, files, network, node, paths, tools
from lab.application import kubectl
from lab.cluster import answers
from lab.component import Component
from lab.errors import LabError
from lab.monitoring import scrape
from lab.objects import monitoring

PORT = 9090
URL = f"http://{network.NODE}:{PORT}"
FOLDER = paths.STATE / "prometheus"
LABELS = "persistentvolumeclaims=[backup]"  # as docs/operations.md asks


def _program() -> str:
    path = shutil.which("prometheus")
    if path is None:
        raise LabError("prometheus is not on PATH; the Debian package of that name has it")
    return path


def _prometheus(configuration: Path) -> Component:
    return Component(
        name=monitoring.PROMETHEUS,
        command=(
            _program(),
            f"--config.file={paths.inside(configuration)}",
            f"--storage.tsdb.path={paths.inside(FOLDER / 'data')}",
            f"--web.listen-address={network.NODE}:{PORT}",
            "--log.level=warn",
        ),
        ready=lambda: answers(f"{URL}/-/ready"),
    )


def _state_metrics(binaries: Mapping[str, Path]) -> Component:
    return Component(
        name=monitoring.STATE_METRICS,
        command=(
            str(binaries[monitoring.STATE_METRICS]),
            f"--kubeconfig={paths.inside(accounts.kubeconfig(monitoring.STATE_METRICS))}",
            "--resources=persistentvolumeclaims,deployments,cronjobs",
            f"--metric-labels-allowlist={LABELS}",
            f"--port={scrape.STATE_PORT}",
            f"--telemetry-port={scrape.STATE_PORT + 1}",
        ),
        ready=lambda: answers(f"http://{network.NODE}:{scrape.STATE_PORT}/healthz"),
    )


def _ask(path: str, **words: str) -> Any:
    with urllib.request.urlopen(f"{URL}/api/v1/{path}?{urllib.parse.urlencode(words)}") as answer:  # noqa: S310 (ours)
        return json.load(answer)["data"]


def alerts() -> list[dict[str, Any]]:
    """Everything that is pending or fires now: `labels`, `annotations` and `state`."""
    return _ask("alerts")["alerts"]


def query(expression: str) -> list[dict[str, Any]]:
    """The samples that an expression has now: `metric` and `value`."""
    return _ask("query", query=expression)["result"]


def down() -> list[str]:
    """The targets that cannot be scraped, each with the reason."""
    found = _ask("targets", state="active")["activeTargets"]
    return [f"{one['labels']['job']}: {one['lastError']}" for one in found if one["health"] != "up"]


@contextmanager
def watching(rules: Mapping[str, Any]) -> Generator[None]:
    """They run meanwhile. `rules` is the `spec` of a PrometheusRule."""
    here, binaries = node.running(), tools.ensure()
    api.apply(binaries, monitoring.objects())
    accounts.issue(binaries, monitoring.ACCOUNTS)
    monitors = json.loads(kubectl("get", "servicemonitors", "--all-namespaces", "-o", "json"))
    FOLDER.mkdir(exist_ok=True)
    rule_file = FOLDER / "rules.yaml"
    files.write(rule_file, json.dumps(rules))  # JSON is YAML
    configuration = scrape.configuration(monitors["items"], paths.inside(rule_file))
    files.write(FOLDER / "prometheus.yaml", json.dumps(configuration))
    parts = (_state_metrics(binaries), _prometheus(FOLDER / "prometheus.yaml"))
    try:
        for part in parts:
            component.start(part, here)
            component.await_ready(part)
        yield
    finally:
        for part in parts:
            component.end(part.name)
        shutil.rmtree(FOLDER, ignore_errors=True)
