"""Runs a pvc-plumber or audit as a process over a real repository, and measures it."""

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import Generator, Iterable
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import usage
from bench.repository import Built
from contract.answer import READYZ, Status
from fakes.http_api import FakeCluster, kubeconfig, running
from lab import tools
from lab.cluster.loopback import free_port
from lab.polling import REQUEST, Interval, wait_until

START = 120.0  # seconds until a busy machine has it answering
PLUMBER, AUDIT_MODULE = "plumber", "plumber.audit"  # modules to run
SOON = Interval(0.002, 0.002)  # what is measured begins when the port opens


@dataclass(frozen=True, kw_only=True)
class Service:
    """A running service: its port, its process, and the API server behind it."""

    port: int
    process: subprocess.Popen[bytes]
    cluster: FakeCluster

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def memory(self) -> int:
        """Resident bytes of the process and its children."""
        return usage.resident(self.process.pid)

    def cpu(self) -> float:
        """Processor seconds used so far, those of ended children included."""
        return usage.used(self.process.pid)

    def wait_ready(self) -> None:
        """Waits until it is ready. Raises TimeoutError."""

        def is_ready() -> bool:
            return asyncio.run(ask(self.port, READYZ))[0] == Status.KNOWN

        wait_until("pvc-plumber to be ready", is_ready, START, REQUEST)


@contextmanager
def started(
    built: Built,
    folder: Path,
    module: str = PLUMBER,
    *,
    kopia: Path | None = None,
    cluster: FakeCluster | None = None,
) -> Generator[Service]:
    """Starts it with a fresh state under `folder`; yields as soon as its port accepts."""
    folder.mkdir()
    pin_file, port = folder / "pin", free_port()
    pin_file.write_text(built.unique_id)
    with running(cluster) as cluster:
        cluster.pin(built.unique_id)
        own = {
            "PLUMBER_HOST": "127.0.0.1",
            "PLUMBER_PORT": str(port),
            **({"PLUMBER_ADMISSION_PORT": str(free_port())} if module != AUDIT_MODULE else {}),
            "PLUMBER_REPOSITORY": str(built.path),
            "PLUMBER_PASSWORD_FILE": str(built.password_file),
            "PLUMBER_PIN_FILE": str(pin_file),
            "PLUMBER_STATE": str(folder / "state"),
            "PLUMBER_KOPIA": str(kopia or tools.ensure(["kopia"])["kopia"]),
            "PLUMBER_DRAIN": "0",
            "KUBECONFIG": str(kubeconfig(folder, cluster.url)),
        }
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", module], env={**os.environ, **own}, stdout=log, stderr=log
            )
        try:
            _wait_open(port, process, folder / "log")
            yield Service(port=port, process=process, cluster=cluster)
        finally:
            process.terminate()
            process.wait()


async def ask(port: int, path: str) -> tuple[int, dict[str, Any]]:
    """Status and JSON of one GET."""
    code, body = await fetch(port, path)
    return code, json.loads(body)


async def fetch(port: int, path: str) -> tuple[int, bytes]:
    """Status and body of one GET on a connection of its own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: plumber\r\nConnection: close\r\n\r\n".encode())
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    return int(head.split()[1]), body


async def ask_all(port: int, paths: Iterable[str]) -> list[tuple[int, dict[str, Any]]]:
    """All of them at once."""
    return await asyncio.gather(*(ask(port, path) for path in paths))


def _wait_open(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    def is_open() -> bool:
        if process.poll() is not None:
            raise ChildProcessError(f"pvc-plumber did not start:\n{log.read_text()[-2000:]}")
        with closing(socket.socket()) as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    wait_until("the port of pvc-plumber", is_open, START, SOON)
