"""Wrong clocks on the node: for every program of ours that starts from then on."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta

from lab import tools
from lab.clock import wrong_clock
from lab.faults.deployment import AUDIT, MOVER, PLUMBER
from lab.images import product
from lab.node import files, nodeconfig

LIBRARY, PYTHON = "/run/faketime.so", "/run/under-faketime"  # in a container
FAKED = "kopia-faketime"  # of lab/pins.py


def change(skew: timedelta) -> dict[str, object]:
    """What lab/clock/container.py changes in the product's containers.

    Raises FileNotFoundError.
    """
    variables = wrong_clock.environment(skew)
    library = variables["LD_PRELOAD"]
    return {
        "image": product.REFERENCE,
        "environment": variables | {"LD_PRELOAD": LIBRARY, "PYTHONPATH": PYTHON},
        "mounts": {
            LIBRARY: library,
            PYTHON: str(wrong_clock.UNDER_FAKETIME),
            product.KOPIA: str(tools.ensure([FAKED])[FAKED].resolve()),
        },
    }


@contextmanager
def skewed(skew: timedelta) -> Generator[None]:
    """Runs the product's programs by a wrong clock inside the context; Jobs at work keep theirs."""
    try:
        files.write(nodeconfig.CONTAINER_CHANGE, json.dumps(change(skew)))
        _renew()
        yield
    finally:
        nodeconfig.CONTAINER_CHANGE.unlink(missing_ok=True)
        _renew()


def _renew() -> None:
    for deployment in (PLUMBER, MOVER, AUDIT):
        deployment.restart()
    for deployment in (PLUMBER, MOVER, AUDIT):
        deployment.await_ready()
