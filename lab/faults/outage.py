"""Kills and restarts programs that the lab runs on the node."""

import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager

from lab.errors import LabError
from lab.node import component


def kill(name: str) -> None:
    """Kills a program with SIGKILL."""
    process = component.process(name)
    if process is None:
        raise LabError(f"no component {name} has ever run in this lab")
    process.kill()


def mend() -> None:
    """Starts everything that does not run."""
    up = [sys.executable, "-m", "lab", "up"]
    run = subprocess.run(up, capture_output=True, text=True, check=False)
    if run.returncode:
        raise LabError(f"the lab cannot be mended: {run.stderr.strip()}")


@contextmanager
def killed(*names: str) -> Generator[None]:
    """Kills programs inside the context; starts them again afterwards."""
    try:
        for name in names:
            kill(name)
        yield
    finally:
        mend()


@contextmanager
def restarted(name: str) -> Generator[None]:
    """Kills a program and starts it again at once, so that clients must reconnect."""
    with killed(name):
        pass
    yield
