"""Stops processes inside pods in the middle of their work, and continues them later."""

import signal
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

from contract.labels import DESTINATION, SOURCE
from contract.names import Claim, Identity, identity
from lab.errors import LabError
from lab.faults.deployment import PLUMBER, scaled
from lab.node.process import Process, find
from lab.polling import PROCESS, wait_until
from mover.job import task

PROC = Path("/proc")
PATIENCE = 120.0  # seconds until a mover is at work
TRANSFER = {SOURCE: "create", DESTINATION: "restore"}  # kopia's word for each way


def texts(pid: int, file: str, proc: Path = PROC) -> list[str]:
    """The strings of a process's command line or environment; none where it is gone."""
    try:
        return (proc / str(pid) / file).read_text(errors="replace").split("\0")
    except OSError:
        return []


def first(pid: int, file: str, proc: Path = PROC) -> str:
    """The first of these strings; "" where the process is gone."""
    return next(iter(texts(pid, file, proc)), "")


def pids(proc: Path = PROC) -> Iterator[int]:
    """Every process of the machine; the node's are among them."""
    return (int(path.name) for path in proc.glob("[0-9]*"))


def transfers(claim: Claim, role: str, proc: Path = PROC) -> list[int]:
    """The pids of kopia processes that move a PVC's files in this direction now."""
    return [
        pid
        for pid in pids(proc)
        if _is_transfer(texts(pid, "cmdline", proc), role)
        and _identity(texts(pid, "environ", proc)) == identity(claim)
    ]


def _identity(environment: list[str]) -> Identity | None:
    """Whose snapshots a mover's process works on, by the order of its Job."""
    variables = dict(text.split("=", 1) for text in environment if "=" in text)
    return task.read(variables).identity if task.VARIABLE in variables else None


def _is_transfer(words: list[str], role: str) -> bool:
    pairs = pairwise(words)
    return ("snapshot", TRANSFER[role]) in pairs


def caught(claim: Claim, role: str) -> Process:
    """Stops a mover of this PVC as soon as its transfer begins."""

    def stopped() -> list[Process]:
        processes = []
        for pid in transfers(claim, role):
            try:
                process = find(pid)
            except LabError:
                continue  # it has ended already
            process.signal(signal.SIGSTOP)
            processes.append(process)
        return processes

    return wait_until(f"a transfer of {claim}", stopped, PATIENCE, PROCESS)[0]


def release(processes: Iterable[Process]) -> None:
    """Continues stopped processes."""
    for process in processes:
        process.signal(signal.SIGCONT)


def of_pod(uid: str, proc: Path = PROC) -> list[int]:
    """The processes of a pod, known by their cgroup."""
    return [pid for pid in pids(proc) if f"/pod{uid}/" in first(pid, "cgroup", proc)]


@contextmanager
def one_replica_hangs() -> Generator[None]:
    """Runs two pvc-plumbers, of which one accepts connections and answers nothing."""
    with scaled(PLUMBER, 2):
        stopped = [find(pid) for pid in of_pod(PLUMBER.pods()[0]["metadata"]["uid"])]
        try:
            for process in stopped:
                process.signal(signal.SIGSTOP)
            yield
        finally:
            release(stopped)
