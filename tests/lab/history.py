"""A snapshot of the past, made as a person with the repository's password would make it."""

import json
from datetime import datetime

from contract import names, repository
from lab.application import DATA, IMAGE, Application, get, kubectl, wait_for
from lab.network import NODE
from lab.nodeconfig import EXPORT

SCRIPT = """
set -e
export HOME=/state KOPIA_PASSWORD="$(cat /etc/kopia/KOPIA_PASSWORD)"
echo old > /data/old
kopia repository connect filesystem --path /repository
kopia snapshot create /data --override-source "$SOURCE" --start-time "$WHEN" --end-time "$WHEN"
"""


def add_snapshot(app: Application, pvc: str, taken: datetime) -> None:
    """Writes a file to `pvc` and backs it up, as if at `taken` (UTC)."""
    claim = app.claim(pvc)
    volumes = {
        repository.MOUNT_PATH: {"name": "repository", "nfs": {"server": NODE, "path": EXPORT}},
        DATA: {"name": "data", "persistentVolumeClaim": {"claimName": pvc}},
        repository.SECRET_MOUNT: {
            "name": "secret",
            "secret": {"secretName": names.secret_name(claim)},
        },
        "/state": {"name": "state", "emptyDir": {}},
    }
    container = {
        "name": "kopia",
        "image": IMAGE,
        "command": ["sh", "-c", SCRIPT],
        "env": [
            {"name": "SOURCE", "value": str(names.identity(claim))},
            {"name": "WHEN", "value": taken.strftime("%Y-%m-%d %H:%M:%S UTC")},
        ],
        # Repository files belong to this user; another one's would lock everybody out.
        "securityContext": {"runAsUser": repository.UID, "runAsGroup": repository.GID},
        "volumeMounts": [
            {"name": volume["name"], "mountPath": path} for path, volume in volumes.items()
        ],
    }
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "history", "namespace": app.namespace},
        "spec": {
            "restartPolicy": "Never",
            "securityContext": {"fsGroup": repository.GID},
            "containers": [container],
            "volumes": list(volumes.values()),
        },
    }
    kubectl("apply", "-f", "-", stdin=json.dumps(pod))

    def ended() -> str | None:
        phase = (get("pod", "history", app.namespace) or {})["status"].get("phase")
        return phase if phase in {"Succeeded", "Failed"} else None

    assert wait_for("end of pod history", ended) == "Succeeded", kubectl(
        *("-n", app.namespace, "logs", "history")
    )
    kubectl("-n", app.namespace, "delete", "pod", "history", "--grace-period=1")
