"""Starts, queries and stops Prometheus and kube-state-metrics."""

import json
import shutil
import sys
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lab import paths, tools
from lab.application import KubectlError, kubectl
from lab.cluster import accounts, api
from lab.cluster.components import answers
from lab.errors import LabError
from lab.monitoring import scrape
from lab.node import component, files, namespaces, network
from lab.node.component import Component
from lab.objects import monitoring

NAME = "prometheus"
PORT = 9090
URL = f"http://{network.NODE}:{PORT}"
FOLDER = paths.STATE / "prometheus"
FIND_EVERY = 2.0  # seconds
STEP = "5s"  # of looking back
LABELS = "persistentvolumeclaims=[backup]"  # as docs/operations.md asks


def _program() -> str:
    path = shutil.which(NAME)
    if path is None:
        raise LabError("prometheus is not on PATH; the Debian package of that name has it")
    return path


def _prometheus(configuration: Path) -> Component:
    return Component(
        name=NAME,
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


def ever(expression: str, since: float) -> bool:
    """Whether an expression had a sample at any time since then (Unix time, seconds)."""
    times = {"start": str(since), "end": str(time.time()), "step": STEP}
    return bool(_ask("query_range", query=expression, **times)["result"])


def down() -> list[str]:
    """The targets that cannot be scraped, each with the reason."""
    targets = _ask("targets", state="active")["activeTargets"]
    return [
        f"{target['labels']['job']}: {target['lastError']}"
        for target in targets
        if target["health"] != "up"
    ]


def _targets(job: str) -> Path:
    return FOLDER / f"{job}.json"


def _find(monitors: list[dict[str, Any]]) -> None:
    """Writes each job's targets as they are now."""
    objects = json.loads(
        kubectl("get", "services,endpointslices", "--all-namespaces", "-o", "json")
    )
    services = [item for item in objects["items"] if item["kind"] == "Service"]
    slices = [item for item in objects["items"] if item["kind"] == "EndpointSlice"]
    for name, (monitor, endpoint) in scrape.jobs(monitors).items():
        files.write(_targets(name), json.dumps(scrape.groups(monitor, endpoint, services, slices)))


@contextmanager
def _finding(monitors: list[dict[str, Any]]) -> Generator[None]:
    """Keeps the jobs' targets up to date."""
    ended = threading.Event()

    def go_on() -> None:
        while not ended.wait(FIND_EVERY):
            try:
                _find(monitors)
            except KubectlError as error:  # the API server is not there at times
                print(f"prometheus: targets stay as they were: {error}", file=sys.stderr)

    _find(monitors)
    finder = threading.Thread(target=go_on, daemon=True)
    finder.start()
    try:
        yield
    finally:
        ended.set()
        finder.join()


@contextmanager
def watching(rules: Mapping[str, Any]) -> Generator[None]:
    """Runs both inside the context. `rules` is the `spec` of a PrometheusRule."""
    node, binaries = namespaces.running(), tools.ensure(["kubectl", "kube-state-metrics"])
    api.apply(binaries, monitoring.objects())
    accounts.issue(binaries, monitoring.ACCOUNTS)
    listing = json.loads(kubectl("get", "servicemonitors", "--all-namespaces", "-o", "json"))
    monitors = listing["items"]
    FOLDER.mkdir(exist_ok=True)
    rule_file = FOLDER / "rules.yaml"
    files.write(rule_file, json.dumps(rules))  # JSON is YAML
    configuration = scrape.configuration(
        monitors, paths.inside(rule_file), lambda job: paths.inside(_targets(job))
    )
    files.write(FOLDER / "prometheus.yaml", json.dumps(configuration))
    parts = (_state_metrics(binaries), _prometheus(FOLDER / "prometheus.yaml"))
    try:
        with _finding(monitors):
            for part in parts:
                component.start(part, node)
                component.await_ready(part)
            yield
    finally:
        for part in parts:
            component.end(part.name)
        shutil.rmtree(FOLDER, ignore_errors=True)
