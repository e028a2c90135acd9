"""Observes and disturbs movers, as an administrator would."""

import json

from contract import labels, scope
from contract.names import label_value
from lab.application import Application, kubectl
from lab.polling import wait_until, wait_until_gone

CONTROLLER = ("-n", scope.VOLSYNC_NAMESPACE)


def wait_running(app: Application, pvc: str, role: str) -> None:
    """Waits until a mover of that PVC is at work."""
    marks = f"{labels.ROLE}={role},{labels.PVC}={label_value(app.claim(pvc))}"
    pods = ("get", "pods", "-l", marks, "--field-selector=status.phase=Running", "-o", "name")
    wait_until(f"mover of {pvc} at work", lambda: kubectl("-n", app.namespace, *pods))


def kill_controller() -> None:
    """Kills the mover's controller; its Deployment starts another."""
    words = ("delete", "pod", "-l", f"app.kubernetes.io/name={scope.MOVER}")
    kubectl(*CONTROLLER, *words, "--force", "--grace-period=0")


def temporaries(app: Application, pvc: str) -> set[str]:
    """The movers' Jobs, volumes and VolumeSnapshots for a PVC, without a destination's image."""
    marks = f"{labels.CREATED_BY}={labels.VOLSYNC},{labels.PVC}={label_value(app.claim(pvc))}"
    kinds = "jobs,persistentvolumeclaims,volumesnapshots"
    listed = kubectl("-n", app.namespace, "get", kinds, "-l", marks, "-o", "json")
    destination = app.objects(pvc).get("replicationdestination", {})
    image = destination.get("status", {}).get("latestImage", {}).get("name")
    return {item["metadata"]["name"] for item in json.loads(listed)["items"]} - {image}


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
