"""Takes away the store that the repository's password comes from, while every Secret stays."""

import time
from collections.abc import Generator
from contextlib import contextmanager

from contract import repository, scope
from lab.application import kubectl
from lab.faults.outage import killed
from lab.polling import wait_until

PLACES = (scope.VOLSYNC_NAMESPACE, scope.MOVERS_NAMESPACE)
KIND = ("externalsecret", repository.SYSTEM_SECRET)
READY = "jsonpath={.status.conditions[?(@.type=='Ready')].status}"


@contextmanager
def away() -> Generator[None]:
    """1Password Connect is down inside the context, and External Secrets has noticed."""
    with killed("onepassword-connect"):
        _await("False")
        yield
    _await("True")


def _await(status: str) -> None:
    """Has External Secrets ask at once, and waits until all that it says is this."""
    for place in PLACES:
        kubectl("-n", place, "annotate", *KIND, f"force-sync={time.time_ns()}", "--overwrite")
    statuses = {status}
    wait_until(f"ExternalSecrets with Ready {status}", lambda: _statuses() == statuses)


def _statuses() -> set[str]:
    return {kubectl("-n", place, "get", *KIND, "-o", READY) for place in PLACES}
