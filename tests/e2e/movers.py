"""Observes and disturbs movers, as an administrator would."""

from typing import Any

from contract import labels, scope
from kube.resource import SNAPSHOT
from lab.application import Application, kubectl
from lab.polling import wait_until, wait_until_gone
from mover import names

CONTROLLER = ("-n", scope.VOLSYNC_NAMESPACE)


def wait_running(app: Application, pvc: str, role: str) -> None:
    """Waits until a mover of that PVC is at work."""

    def at_work() -> bool:
        pods = app.movers(pvc, "pods")
        running = [pod for pod in pods if pod["status"].get("phase") == "Running"]
        return any(pod["metadata"]["labels"][labels.ROLE] == role for pod in running)

    wait_until(f"mover of {pvc} at work", at_work)


def kill_controller() -> None:
    """Kills the mover's controller; its Deployment starts another."""
    words = ("delete", "pod", "-l", f"app.kubernetes.io/name={scope.MOVER}")
    kubectl(*CONTROLLER, *words, "--force", "--grace-period=0")


def temporaries(app: Application, pvc: str) -> set[str]:
    """The movers' Jobs, volumes and VolumeSnapshots for a PVC, without a destination's image.

    Nor what the image was made by: that one stays as long as it does.
    """
    items = app.movers(pvc, "jobs,persistentvolumeclaims,volumesnapshots")
    destination = app.objects(pvc).get("replicationdestination", {})
    image = destination.get("status", {}).get("latestImage", {}).get("name")
    syncs = {_sync(item) for item in items if item["metadata"]["name"] == image}
    return {
        item["metadata"]["name"]
        for item in items
        if item["kind"] != SNAPSHOT or _sync(item) not in syncs
    }


def _sync(item: dict[str, Any]) -> str:
    return item["metadata"]["annotations"][names.SYNC]


def wait_tidy(app: Application, pvc: str) -> None:
    """Waits until no temporary object of a PVC is left."""
    wait_until_gone(f"{pvc}'s temporaries", lambda: temporaries(app, pvc))


def condition(app: Application, kind: str, pvc: str, type_: str = "Synchronizing") -> dict:
    """A condition of a PVC's source or destination; empty while there is none."""
    conditions = app.objects(pvc).get(kind, {}).get("status", {}).get("conditions") or ()
    return next((item for item in conditions if item["type"] == type_), {})


def wait_message(app: Application, kind: str, pvc: str, part: str) -> str:
    """Waits until the Synchronizing condition's message contains `part`; returns it."""

    def message() -> str:
        text = condition(app, kind, pvc).get("message", "")
        return text if part in text else ""

    return wait_until(f"{kind} of {pvc} that says {part!r}", message)
