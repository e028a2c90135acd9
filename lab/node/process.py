"""Processes that outlive this command, known by pid and start time: a pid is used again."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from lab.errors import LabError
from lab.polling import PROCESS, WaitTimeoutError, wait_until, wait_until_gone

TICKS = os.sysconf("SC_CLK_TCK")


def start_ticks(stat: str) -> int:
    """The start time in clock ticks since boot, from the text of /proc/PID/stat."""
    # The command's name stands in brackets and may hold anything, so count from the last bracket.
    return int(stat.rpartition(")")[2].split()[19])


def state(stat: str) -> str:
    """The state letter of the text of /proc/PID/stat; Z is a zombie."""
    return stat.rpartition(")")[2].split()[0]


def _stat(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


@dataclass(frozen=True, kw_only=True)
class Process:
    """One running or former process of this machine."""

    pid: int
    started: int
    boot: str = ""

    def alive(self) -> bool:
        stat = _stat(self.pid)
        return (
            bool(stat)
            and start_ticks(stat) == self.started
            and state(stat) != "Z"
            and self.boot == boot_id()
        )

    def uptime(self) -> float:
        """Seconds since its start."""
        return time.clock_gettime(time.CLOCK_BOOTTIME) - self.started / TICKS

    def signal(self, number: int) -> None:
        """Sends a signal if it still runs."""
        if self.alive():
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                return  # it left in between

    def stop(self, timeout: float = 10) -> None:
        """Asks it to leave, and kills it when it does not."""
        self.signal(signal.SIGTERM)
        try:
            wait_until_gone(f"process {self.pid}", self.alive, timeout, PROCESS)
        except WaitTimeoutError:
            self.kill()

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        wait_until_gone(f"killed process {self.pid}", self.alive, 20, PROCESS)


def boot_id() -> str:
    """What tells one boot of the machine from another."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def find(pid: int) -> Process:
    """The running process with this pid."""
    stat = _stat(pid)
    if not stat:
        raise LabError(f"process {pid} ended at once")
    return Process(pid=pid, started=start_ticks(stat), boot=boot_id())


def child_of(pid: int, timeout: float = 5) -> Process:
    """The only child of a process, awaited: what nsenter and unshare start."""
    children = Path(f"/proc/{pid}/task/{pid}/children")

    def child_pids() -> list[str]:
        try:
            return children.read_text().split()
        except (FileNotFoundError, ProcessLookupError) as error:
            raise LabError(f"process {pid} ended at once") from error

    first, *_ = wait_until(f"a child of process {pid}", child_pids, timeout, PROCESS)
    return find(int(first))
