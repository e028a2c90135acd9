"""A long-running program of the cluster: how it starts in the node, when it is ready."""

import json
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from lab import paths
from lab.errors import LabError
from lab.node.namespaces import Node
from lab.node.process import Process, child_of
from lab.polling import PROCESS, wait_until

LOG_TAIL = 1500  # characters of a failed component's log worth showing


@dataclass(frozen=True, kw_only=True)
class Component:
    """A program with its command line; `ready` is polled until it returns true."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    ready: Callable[[], bool] = lambda: True
    timeout: float = 60  # seconds

    @property
    def log(self) -> Path:
        return paths.LOGS / f"{self.name}.log"

    @property
    def record(self) -> Path:
        return paths.PIDS / f"{self.name}.json"


def process(name: str) -> Process | None:
    """The process that the state records for a component, whether or not it still lives."""
    try:
        return Process(**json.loads((paths.PIDS / f"{name}.json").read_text()))
    except FileNotFoundError:
        return None


def is_alive(name: str) -> bool:
    recorded = process(name)
    return recorded is not None and recorded.alive()


def start(component: Component, node: Node) -> bool:
    """Starts it in the node unless it runs already; says whether it had to."""
    if is_alive(component.name):
        return False
    with component.log.open("ab") as log:
        entering = subprocess.Popen(
            node.command(component.command, component.environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        started = child_of(entering.pid)
    except LabError as error:
        raise LabError(f"{component.name} ended at once:\n{tail(component)}") from error
    finally:
        entering.kill()  # it only waits; the program goes on as a child of the node's first process
        entering.wait()
    component.record.write_text(json.dumps(asdict(started)))
    return True


def end(name: str) -> None:
    """Ends a component for good: `up` and `status` know it no longer."""
    recorded = process(name)
    if recorded is not None:
        recorded.stop()
        (paths.PIDS / f"{name}.json").unlink()


def await_ready(component: Component) -> None:
    """Returns when it is ready; raises LabError when it died or takes too long."""

    def is_ready() -> bool:
        if not is_alive(component.name):
            raise LabError(f"{component.name} died:\n{tail(component)}")
        return component.ready()

    wait_until(
        f"{component.name} to be ready",
        is_ready,
        component.timeout,
        PROCESS,
        hint=f"see its log: {component.log}",
    )


def tail(component: Component) -> str:
    """The end of its log."""
    return component.log.read_text(errors="replace")[-LOG_TAIL:]
