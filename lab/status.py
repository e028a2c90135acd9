"""Shows what runs and what does not, and where the logs are."""

import json
from collections.abc import Iterable
from pathlib import Path

from lab import paths
from lab.application import is_ready
from lab.cluster import api, components
from lab.errors import LabError
from lab.node import component, namespaces
from lab.node.process import Process


def duration(seconds: float) -> str:
    """A length of time for people."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def line(name: str, process: Process | None) -> str:
    """One line of the table."""
    if process is None or not process.alive():
        return f"{name:<24} down"
    return f"{name:<24} up    pid {process.pid:<8} {duration(process.uptime())}"


def known_components() -> list[str]:
    """Every component that was ever started in this lab, in the order of their start."""
    records = sorted(paths.PIDS.glob("*.json"), key=lambda path: path.stat().st_mtime)
    return [record.stem for record in records]


def pods(listing: str) -> list[str]:
    """Lines about the pods that are not ready, from `kubectl get pods -A -o json`."""
    lines = []
    for pod in json.loads(listing)["items"]:
        phase = pod["status"]["phase"]
        if not is_ready(pod) and phase != "Succeeded":
            name = f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
            lines.append(f"pod {name}: {phase}, not ready")
    return lines


def report(names: Iterable[str], api_ready: bool) -> list[str]:
    """The table."""
    node = namespaces.read()
    lines = [line("node", node.first if node else None)]
    lines += [line(name, component.process(name)) for name in names]
    lines.append(f"{'API':<24} {'ready' if api_ready else 'not ready'}")
    return lines


def status(kubectl: Path | None) -> bool:
    """Prints the table; says whether everything is up."""
    names = known_components()
    ready = components.api_is_ready()
    for text in report(names, ready):
        print(text)
    if ready and kubectl is not None:
        for text in pods(api.kubectl({"kubectl": kubectl}, "get", "pods", "-A", "-o", "json")):
            print(text)
    print(f"logs: python -m lab logs NAME, in {paths.LOGS}")
    print(f"kubeconfig: {paths.KUBECONFIG}")
    return ready and all(component.is_alive(name) for name in names)


def log_file(name: str) -> Path:
    """The log of a component."""
    path = paths.LOGS / f"{name}.log"
    if not path.exists():
        names = " ".join(sorted(log.stem for log in paths.LOGS.glob("*.log"))) or "none"
        raise LabError(f"no log of {name}; there are: {names}")
    return path
