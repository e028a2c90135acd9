"""Gives access to the repository's export, with the password and the right to write."""

import json
from collections.abc import Callable, Generator
from contextlib import contextmanager

from contract import repository, scope
from lab.application import APP, kubectl
from lab.images.catalog import TOOLBOX
from lab.node.network import NODE
from lab.node.nodeconfig import EXPORT

POD = "shell"
STATE = "/state"


def _manifest() -> dict:
    secret = {"secretName": repository.SYSTEM_SECRET, "optional": True}
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
        "metadata": {"name": POD, "namespace": scope.VOLSYNC_NAMESPACE},
        "spec": {
            "securityContext": {"fsGroup": repository.GID},
            "terminationGracePeriodSeconds": 1,
            "containers": [container],
            "volumes": list(volumes.values()),
        },
    }


@contextmanager
def exported() -> Generator[Callable[[str], str]]:
    """Runs scripts in the export, with the repository's Secret; returns their output."""
    place = ("-n", scope.VOLSYNC_NAMESPACE)
    kubectl("apply", "-f", "-", stdin=json.dumps(_manifest()))
    kubectl(*place, "wait", f"pod/{POD}", "--for=condition=Ready", "--timeout=120s")
    head = f'set -e; export HOME={STATE} KOPIA_PASSWORD="$(cat /etc/kopia/KOPIA_PASSWORD)"\n'

    def run(script: str) -> str:
        return kubectl(*place, "exec", POD, "--", "sh", "-c", head + script)

    try:
        yield run
    finally:
        kubectl(*place, "delete", "pod", POD)
