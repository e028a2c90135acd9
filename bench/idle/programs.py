"""The programs as their pods run them: each a process with a user of its own, and its probes."""

import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench import usage
from bench.repository import Built
from components.mover import HEALTH
from contract.answer import LIVEZ, READYZ, SERVICE
from contract.audit import SERVICE as AUDIT_SERVICE
from contract.environment import AuditSettings, MoverSettings, PlumberSettings, Program
from contract.scope import MOVER
from lab.cluster.components import answers
from lab.cluster.loopback import Servers, free_port
from lab.polling import REQUEST, wait_until

ROOT = Path(__file__).parents[2]
USERS = {MOVER: "mover", SERVICE: "plumber", AUDIT_SERVICE: "audit"}  # and the key of their figures
START = 300.0  # seconds until a busy machine has all of them ready
SAMPLE = 1.0  # seconds between two looks at the memory
HOST = "127.0.0.1"


@dataclass(frozen=True, kw_only=True)
class Probe:
    """One question that kubelet asks."""

    path: str
    port: int
    period: float  # seconds

    def is_good(self) -> bool:
        """Whether the answer is a success."""
        return answers(f"http://{HOST}:{self.port}{self.path}")


@dataclass(frozen=True, kw_only=True)
class Order:
    """How to start one process."""

    user: str
    module: str
    settings: Program
    probes: tuple[Probe, ...]  # readiness first


@dataclass(frozen=True, kw_only=True)
class Running:
    """One of the processes."""

    order: Order
    process: subprocess.Popen[bytes]
    samples: list[int] = field(default_factory=list)  # resident bytes

    @property
    def user(self) -> str:
        return self.order.user

    def used(self) -> float:
        """Processor seconds so far, those of its kopia included. Raises ChildProcessError."""
        if self.process.poll() is not None:
            raise ChildProcessError(f"{self.user} has ended")
        return usage.used(self.process.pid)


def orders(built: Built, folder: Path, replicas: int, kopia: str) -> list[Order]:
    """All settings are the defaults, but for places and ports of this machine."""
    pin = folder / "pin"
    pin.write_text(built.unique_id)
    return [
        _mover(),
        *(_plumber(_places(built, folder / f"plumber-{n}", pin, kopia)) for n in range(replicas)),
        _audit(_places(built, folder / "audit", pin, kopia)),
    ]


def _mover() -> Order:
    settings = MoverSettings(
        image="registry.example/pvc-backup", metrics_port=free_port(), probe_port=free_port()
    )
    return Order(
        user=MOVER,
        module="mover",
        settings=settings,
        probes=_probes(settings.probe_port, HEALTH, 5, HEALTH),
    )


def _places(built: Built, state: Path, pin: Path, kopia: str) -> dict[str, Any]:
    """Settings that all have who read the repository."""
    return {
        "state": state,
        "host": HOST,
        "port": free_port(),
        "repository": built.path,
        "password_file": built.password_file,
        "pin_file": pin,
        "kopia": kopia,
    }


def _plumber(places: dict[str, Any]) -> Order:
    settings = PlumberSettings(**places, admission_port=free_port())
    return Order(
        user=SERVICE,
        module="plumber",
        settings=settings,
        probes=_probes(settings.port, READYZ, 5, LIVEZ),
    )


def _audit(places: dict[str, Any]) -> Order:
    settings = AuditSettings(**places)
    return Order(
        user=AUDIT_SERVICE,
        module="plumber.audit",
        settings=settings,
        probes=_probes(settings.port, READYZ, 10, LIVEZ),
    )


def _probes(port: int, ready: str, period: float, live: str) -> tuple[Probe, ...]:
    """Readiness and liveness, as often as the components have them."""
    return (
        Probe(path=ready, port=port, period=period),
        Probe(path=live, port=port, period=20),
    )


@contextmanager
def started(wanted: Sequence[Order], servers: Servers, folder: Path) -> Generator[list[Running]]:
    """All of them, ready, and probed until the end of the block."""
    with ExitStack() as stack:
        running = [
            stack.enter_context(_started(order, servers, folder / f"{number}.log"))
            for number, order in enumerate(wanted)
        ]
        for one in running:
            wait_until(f"{one.user} to be ready", one.order.probes[0].is_good, START, REQUEST)
        stop = threading.Event()
        threads = [
            threading.Thread(target=_ask, args=(probe, stop))
            for one in running
            for probe in one.order.probes
        ]
        for thread in threads:
            thread.start()
        try:
            yield running
        finally:
            stop.set()
            for thread in threads:
                thread.join()


@contextmanager
def _started(order: Order, servers: Servers, log: Path) -> Generator[Running]:
    own = {
        **order.settings.to_environment(),
        "KUBECONFIG": str(servers.kubeconfig(order.user)),
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", order.module],
            cwd=ROOT,
            env={**os.environ, **own},
            stdout=output,
            stderr=output,
        )
    try:
        yield Running(order=order, process=process)
    finally:
        process.terminate()
        process.wait()


def _ask(probe: Probe, stop: threading.Event) -> None:
    while not stop.wait(probe.period):
        probe.is_good()


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What the processes of one user cost in a window."""

    cpu_percent: float
    rss: int  # bytes, the median
    rss_most: int  # bytes, with the kopia that lists now and then


def watched(running: Sequence[Running], seconds: float) -> dict[str, Cost]:
    """Looks at the processes for so many seconds; the cost by user."""
    began, before = time.monotonic(), [one.used() for one in running]
    while time.monotonic() < began + seconds:
        for one in running:
            one.samples.append(usage.resident(one.process.pid))
        time.sleep(SAMPLE)
    took = time.monotonic() - began
    spent = [one.used() - earlier for one, earlier in zip(running, before, strict=True)]
    costs = {}
    for user in USERS:
        own = [at for at, one in enumerate(running) if one.user == user]
        totals = [sum(pair) for pair in zip(*(running[at].samples for at in own), strict=True)]
        costs[user] = Cost(
            cpu_percent=sum(spent[at] for at in own) / took * 100,
            rss=int(statistics.median(totals)),
            rss_most=max(totals),
        )
    return costs
