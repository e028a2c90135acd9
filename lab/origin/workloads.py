"""Stand-in for what the origin design runs in VolSync's namespace."""

from typing import Any

from contract import answer, repository
from contract.scope import MAINTENANCE, VOLSYNC_DEPLOYMENT, VOLSYNC_NAMESPACE
from contract.volsync import API_VERSION
from lab import paths
from lab.application import APP
from lab.images.catalog import TOOLBOX
from lab.node import network, nodeconfig

Object = dict[str, Any]

CHECKER = paths.STANDINS / "origin_plumber.py"
PORT = 8080  # of the checker
UID = 568  # of the origin's movers and of its checker
SECRET = "origin-kopia"  # noqa: S105 - a name


def _placed(name: str) -> Object:
    return {"name": name, "namespace": VOLSYNC_NAMESPACE}


def secret(name: str, **data: str) -> Object:
    """A Secret in VolSync's namespace."""
    return {"apiVersion": "v1", "kind": "Secret", "metadata": _placed(name), "stringData": data}


def _deployment(name: str, container: Object, **pod: Any) -> Object:
    marks = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": _placed(name),
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": marks},
            "template": {
                "metadata": {"labels": marks},
                "spec": {"containers": [{"name": "main", "image": TOOLBOX} | container], **pod},
            },
        },
    }


def controller() -> Object:
    """The fork's controller, recognisable by its argument; it does nothing."""
    args = ["-c", APP, "--kopia-container-image=registry.local/volsync:v0.17.11"]
    return _deployment(VOLSYNC_DEPLOYMENT, {"command": ["python3"], "args": args})


def plumber() -> list[Object]:
    """The checker and its Service."""
    environment = {
        "HOME": "/tmp",  # noqa: S108 - in the pod
        "KOPIA_CHECK_FOR_UPDATES": "false",
        "KOPIA_LOG_DIR": "/tmp/logs",  # noqa: S108 - in the pod
    }
    password = {"secretKeyRef": {"name": SECRET, "key": repository.KEY_PASSWORD}}
    probe = {"httpGet": {"path": "/readyz", "port": PORT}, "periodSeconds": 1}
    container = {
        "command": ["python3", "-u", "-c", CHECKER.read_text()],
        "env": [
            *({"name": key, "value": value} for key, value in environment.items()),
            {"name": repository.KEY_PASSWORD, "valueFrom": password},
        ],
        "readinessProbe": probe,
        "volumeMounts": [{"name": repository.VOLUME, "mountPath": repository.MOUNT_PATH}],
    }
    export = {"server": network.NODE, "path": nodeconfig.EXPORT}
    name = answer.SERVICE
    port = {"port": 80, "targetPort": PORT}
    return [
        _deployment(
            name,
            container,
            securityContext={"runAsUser": UID, "runAsGroup": UID},
            volumes=[{"name": repository.VOLUME, "nfs": export}],
        ),
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": _placed(name),
            "spec": {"selector": {"app": name}, "ports": [port]},
        },
    ]


def maintenance() -> list[Object]:
    """The fork's maintenance object, and a CronJob whose name the stack needs; neither runs."""
    pod = {
        "restartPolicy": "Never",
        "containers": [
            {"name": "main", "image": TOOLBOX, "command": ["kopia", "maintenance", "run"]}
        ],
    }
    return [
        {
            "apiVersion": API_VERSION,
            "kind": "KopiaMaintenance",
            "metadata": _placed("daily"),
            "spec": {"schedule": "0 2 * * *"},
        },
        {
            "apiVersion": "batch/v1",
            "kind": "CronJob",
            "metadata": _placed(MAINTENANCE),
            "spec": {
                "schedule": "0 3 1 1 *",
                "jobTemplate": {"spec": {"template": {"spec": pod}}},
            },
        },
    ]
