"""All pods of the stack gone at once, and started in the worst orders: none waits for another."""

from collections.abc import Generator
from contextlib import contextmanager

import pytest

from contract import labels
from lab.application import Application, KubectlError, kubectl
from lab.demo import difference
from lab.faults.deployment import (
    ADMISSION,
    BACKGROUND,
    CLEANUP,
    MOVER,
    PLUMBER,
    VOLSYNC,
    Deployment,
)
from lab.polling import wait_until, wait_until_gone

PVC = "data"
ORDERS = {
    "Kyverno last": (MOVER, VOLSYNC, PLUMBER, CLEANUP, BACKGROUND, ADMISSION),
    "pvc-plumber last": (ADMISSION, CLEANUP, BACKGROUND, VOLSYNC, MOVER, PLUMBER),
}


@contextmanager
def all_gone(order: tuple[Deployment, ...]) -> Generator[None]:
    """Scales all to 0; afterwards starts one after the other, each ready before the next."""
    wanted = {deployment: deployment.replicas() for deployment in order}
    for deployment in order:
        place = ("-n", deployment.namespace)
        kubectl(*place, "scale", f"deployment/{deployment.name}", "--replicas=0")
    for deployment in order:
        wait_until_gone(f"pods of {deployment.name}", deployment.pods)
    try:
        yield
    finally:
        for deployment, replicas in wanted.items():
            deployment.scale(replicas)
            deployment.await_ready()


def is_admitted(app: Application) -> bool:
    """Whether the labelled PVC could be created now."""
    try:
        app.apply_pvc(PVC, backup="hourly")
    except KubectlError:
        return False
    return True


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
def test_whatever_starts_first_everything_starts_and_nothing_binds_empty(app, order):
    tree, snapshot = app.protected(PVC)
    app.delete_pvc(PVC)
    with all_gone(order):
        assert not is_admitted(app)
        app.apply_pvc("plain")
        app.wait_bound("plain")
        assert app.files("plain") == {}
    wait_until("a creation that is admitted", lambda: is_admitted(app))
    assert app.pvc(PVC)["metadata"]["annotations"][labels.RESTORE_FROM] == snapshot
    app.wait_bound(PVC)
    assert difference(tree, app.files(PVC)) == []
