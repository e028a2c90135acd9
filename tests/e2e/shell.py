"""Gives access to the repository's export, with the password and the right to write."""

import json
from collections.abc import Callable, Generator
from contextlib import contextmanager

from contract import names, repository
from lab.application import APP, Application, kubectl
from lab.images.catalog import TOOLBOX
from lab.node.network import NODE
from lab.node.nodeconfig import EXPORT

POD = "shell"
STATE = "/state"


def _manifest(app: Application, pvc: str) -> dict:
    secret = {"secretName": names.secret_name(app.claim(pvc)), "optional": True}
    volumes = {
        repository.MOUNT_PATH: {"name": "export", "nfs": {"server": NODE, "path": EXPORT}},
        repository.SECRET_MOUNT: {"name": "secret", "secret": secret},
        STATE: {"name": "state", "emptyDir": {}},
    }
    container = {
        "name": POD,
        "image": TOOLBOX,
        "command": ["python3", "-c", APP],
        "workingDir": repository.MOUNT_PATH,
        "securityContext": {"runAsUser": repository.UID, "runAsGroup": repository.GID},
        "volumeMounts": [
            {"name": volume["name"], "mountPath": path} for path, volume in volumes.items()
        ],
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": POD, "namespace": app.namespace},
        "spec": {
            "securityContext": {"fsGroup": repository.GID},
            "terminationGracePeriodSeconds": 1,
            "containers": [container],
            "volumes": list(volumes.values()),
        },
    }


@contextmanager
def exported(app: Application, pvc: str) -> Generator[Callable[[str], str]]:
    """Runs scripts in the export, with the Secret of a labelled PVC; returns their output."""
    place = ("-n", app.namespace)
    kubectl("apply", "-f", "-", stdin=json.dumps(_manifest(app, pvc)))
    kubectl(*place, "wait", f"pod/{POD}", "--for=condition=Ready", "--timeout=120s")
    head = f'set -e; export HOME={STATE} KOPIA_PASSWORD="$(cat /etc/kopia/KOPIA_PASSWORD)"\n'

    def run(script: str) -> str:
        return kubectl(*place, "exec", POD, "--", "sh", "-c", head + script)

    try:
        yield run
    finally:
        kubectl(*place, "delete", "pod", POD, "--wait=false")
