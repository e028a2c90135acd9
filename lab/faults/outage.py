"""Programs of the node that die, as the lab runs them beside the pods."""

import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager

from lab.errors import LabError
from lab.node import component


def kill(name: str) -> None:
    """Ends a program without a moment to tidy up."""
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
    """They are gone for a while."""
    try:
        for name in names:
            kill(name)
        yield
    finally:
        mend()


@contextmanager
def restarted(name: str) -> Generator[None]:
    """It dies and is back at once; who was connected to it has to find it again."""
    with killed(name):
        pass
    yield
