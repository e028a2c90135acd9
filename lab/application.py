"""An application on the lab for the demo and the tests: a namespace, PVCs, their files."""

import itertools
import json
import os
import subprocess
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contract import labels, names
from contract.names import Claim
from kube.resource import REPLICATION_DESTINATION, REPLICATION_SOURCE, ObjectKey
from lab import paths, tools
from lab.images.catalog import TOOLBOX
from lab.objects import storage
from lab.polling import TIMEOUT, WaitTimeoutError, wait_until, wait_until_gone
from mover.names import OWNER, digest

DATA = "/data"
BESIDE = "beside"  # a namespace whose movers work in it: Pulumi.lab.yaml names it
TREE = Path(__file__).parent / "tree.py"
_NUMBERS = itertools.count(1)
EVENTS = 20  # that an error shows
_MESSAGES = (
    "{range .items[*]}{.metadata.namespace} {.kind} {.metadata.name}: "
    '{.status.conditions[*].message}{"\\n"}{end}'
)
# The first process of a container gets only the signals that it has asked for.
APP = "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit()); signal.pause()"

Tree = dict[str, dict[str, Any]]


class KubectlError(Exception):
    """A kubectl command failed; the text is its stderr."""


def kubectl(*args: str, stdin: str | None = None) -> str:
    """The stdout of a kubectl command. Raises KubectlError with stderr when it fails."""
    run = subprocess.run(
        [str(tools.ensure(["kubectl"])["kubectl"]), *args],
        env={**os.environ, "KUBECONFIG": str(paths.KUBECONFIG)},
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        raise KubectlError(run.stderr.strip())
    return run.stdout


def get(kind: str, name: str, namespace: str = "") -> dict[str, Any] | None:
    """An object, or None where there is none."""
    place = ["-n", namespace] if namespace else []
    text = kubectl("get", kind, name, *place, "-o", "json", "--ignore-not-found")
    return json.loads(text) if text else None


def is_bound(pvc: Mapping[str, Any]) -> bool:
    """Whether a PVC has its volume."""
    return pvc["status"].get("phase") == "Bound"


def is_ready(pod: Mapping[str, Any]) -> bool:
    """Whether all containers of a pod serve."""
    conditions = pod.get("status", {}).get("conditions") or ()
    return any((c["type"], c["status"]) == ("Ready", "True") for c in conditions)


def has_ended(job: Mapping[str, Any]) -> bool:
    """Whether a Job has succeeded or failed."""
    conditions = job.get("status", {}).get("conditions") or ()
    return any(c["type"] in ("Complete", "Failed") and c["status"] == "True" for c in conditions)


@dataclass(frozen=True)
class Application:
    """One namespace, with PVCs and a pod for each."""

    namespace: str

    def create(self) -> None:
        """Creates the namespace."""
        kubectl("create", "namespace", self.namespace)

    def delete(self) -> None:
        """Removes the namespace and waits until it is gone."""
        kubectl("delete", "namespace", self.namespace, "--ignore-not-found", "--timeout=180s")

    def claim(self, name: str) -> Claim:
        """The claim of that name in this namespace."""
        return Claim(self.namespace, name)

    def pvc_manifest(
        self,
        name: str,
        backup: str | None = None,
        annotations: dict[str, str] | None = None,
        storage_class: str = storage.CLASS,
    ) -> dict[str, Any]:
        """A PVC as a person would write it."""
        return {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {
                "name": name,
                "namespace": self.namespace,
                "labels": {labels.BACKUP: backup} if backup else {},
                "annotations": annotations or {},
            },
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "storageClassName": storage_class,
                "resources": {"requests": {"storage": "1Gi"}},
            },
        }

    def apply_pvc(
        self,
        name: str,
        backup: str | None = None,
        annotations: dict[str, str] | None = None,
        storage_class: str = storage.CLASS,
    ) -> None:
        """Applies a PVC as a person would. Raises KubectlError with the denial."""
        manifest = self.pvc_manifest(name, backup, annotations, storage_class)
        kubectl("apply", "-f", "-", stdin=json.dumps(manifest))

    def delete_pvc(self, name: str) -> None:
        """Stops the application, deletes the PVC, waits until its objects and movers are gone.

        A backup that still ran could end between the two look-ups of the next creation, which is
        then denied and has to be repeated.
        """
        place = ("-n", self.namespace)
        self.stop(name)
        kubectl(*place, "delete", "pvc", name, "--timeout=120s")
        wait_until_gone(f"{name}'s objects", lambda: self.objects(name))
        wait_until_gone(f"{name}'s movers", lambda: self.movers(name, "pods"))

    def movers(self, name: str, kinds: str) -> list[dict[str, Any]]:
        """What movers work with for a PVC, in its namespace or in their own."""
        claim = self.claim(name)
        owners = (
            ObjectKey(REPLICATION_SOURCE, self.namespace, names.source_name(claim)),
            ObjectKey(REPLICATION_DESTINATION, self.namespace, names.destination_name(claim)),
        )
        digests = {digest(owner) for owner in owners}
        marks = f"{labels.CREATED_BY}={labels.VOLSYNC},{labels.PVC}={names.label_value(claim)}"
        items = json.loads(kubectl("get", kinds, "-A", "-l", marks, "-o", "json"))["items"]
        return [
            item
            for item in items
            if item["metadata"]["namespace"] == self.namespace
            or item["metadata"]["labels"].get(OWNER) in digests
        ]

    def pvc(self, name: str) -> dict[str, Any] | None:
        """The PVC, or None."""
        return get("persistentvolumeclaim", name, self.namespace)

    def wait_bound(self, name: str, timeout: float = TIMEOUT) -> dict[str, Any]:
        """Waits until the PVC is Bound; returns it."""

        def bound() -> dict[str, Any] | None:
            pvc = self.pvc(name)
            return pvc if pvc and is_bound(pvc) else None

        with self._explained():
            return wait_until(f"bound PVC {name}", bound, timeout)

    @contextmanager
    def _explained(self) -> Generator[None]:
        """Adds to a wait's error what the cluster says: all movers share their places."""
        try:
            yield
        except WaitTimeoutError as error:
            kinds = "replicationdestinations,replicationsources"
            movers = kubectl("get", kinds, "-A", "-o", f"jsonpath={_MESSAGES}")
            listed = kubectl("-n", self.namespace, "get", "events", "--sort-by=.lastTimestamp")
            events = "\n".join(listed.splitlines()[-EVENTS:])
            raise WaitTimeoutError(f"{error}\n{movers}\n{events}") from error

    def objects(self, name: str) -> dict[str, dict[str, Any]]:
        """Those of the generated objects that exist, by kind."""
        claim = self.claim(name)
        wanted = {
            "externalsecret": names.secret_name(claim),
            "replicationdestination": names.destination_name(claim),
            "replicationsource": names.source_name(claim),
        }
        references = [f"{kind}/{wanted[kind]}" for kind in wanted]
        text = kubectl(
            *("-n", self.namespace, "get", *references, "--ignore-not-found", "-o", "json")
        )
        listed = json.loads(text) if text else {"items": []}
        items = listed.get("items", [listed])  # one alone is not a list
        return {item["kind"].lower(): item for item in items}

    def wait_object(self, kind: str, name: str) -> dict[str, Any]:
        """Waits until one of the generated objects exists; returns it."""
        return wait_until(f"{kind} of {name}", lambda: self.objects(name).get(kind))

    def wait_backup(self, name: str) -> dict[str, str]:
        """Waits for a backup; returns the mover's `status.external`."""

        def result() -> dict[str, str] | None:
            status = self.objects(name).get("replicationsource", {}).get("status", {})
            return status.get("external") if "lastSyncTime" in status else None

        with self._explained():
            return wait_until(f"backup of {name}", result)

    def ask(self, name: str, token: str) -> None:
        """Triggers a backup now."""
        self.wait_object("replicationsource", name)
        source = names.source_name(self.claim(name))
        patch = ("--type=merge", "-p", json.dumps({"spec": {"trigger": {"manual": token}}}))
        kubectl("-n", self.namespace, "patch", "replicationsource", source, *patch)

    def back_up(self, name: str, token: str) -> dict[str, str]:
        """Triggers a backup and waits for it; returns the mover's `status.external`."""
        self.ask(name, token)
        return self.wait_asked(name, token)

    def wait_asked(self, name: str, token: str) -> dict[str, str]:
        """Waits for the backup with this token; returns the mover's `status.external`."""

        def result() -> dict[str, str] | None:
            status = self.objects(name)["replicationsource"].get("status", {})
            return status.get("external") if status.get("lastManualSync") == token else None

        return wait_until(f"backup {token} of {name}", result)

    def pod_manifest(self, name: str) -> dict[str, Any]:
        """The manifest of the application's pod."""
        container = {
            "name": "app",
            "image": TOOLBOX,
            "command": ["python3", "-c", APP],
            "volumeMounts": [{"name": "data", "mountPath": DATA}],
        }
        return {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name, "namespace": self.namespace},
            "spec": {
                "containers": [container],
                "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": name}}],
            },
        }

    def start(self, name: str) -> None:
        """Starts the application's pod, which mounts the PVC until `stop`; it may run already."""
        pvc = self.pvc(name)
        if pvc and pvc["spec"]["storageClassName"] != storage.WAITING_CLASS:
            self.wait_bound(name)  # a pod that is there before its volume starts seconds later
        kubectl("apply", "-f", "-", stdin=json.dumps(self.pod_manifest(name)))
        ready = ("--for=condition=Ready", f"--timeout={TIMEOUT:.0f}s")
        kubectl("-n", self.namespace, "wait", f"pod/{name}", *ready)

    def stop(self, name: str) -> None:
        """Ends the application's pod and waits until it is gone."""
        kubectl("-n", self.namespace, "delete", "pod", name, "--ignore-not-found")

    def run(self, name: str, *command: str) -> str:
        """The output of a command in the application's pod."""
        self.start(name)
        return kubectl("-n", self.namespace, "exec", name, "--", *command)

    def files(self, name: str, command: str = "describe", *args: str) -> Tree:
        """Runs lab/tree.py in the application's pod; returns the tree's description."""
        script = ("python3", "-c", TREE.read_text())
        return json.loads(self.run(name, *script, command, DATA, *args))

    def protected(
        self, name: str, megabytes: int = 1, storage_class: str = storage.CLASS
    ) -> tuple[Tree, str]:
        """Fills a PVC, labels it, waits for the first backup; returns its tree and snapshot."""
        self.apply_pvc(name, storage_class=storage_class)
        tree = self.files(name, "make", str(megabytes))
        self.apply_pvc(name, backup="hourly", storage_class=storage_class)
        return tree, self.wait_backup(name)["snapshot"]


@contextmanager
def new_application() -> Generator[Application]:
    """An application in an empty namespace of its own, which is removed afterwards."""
    app = Application(f"story-{os.getpid()}-{next(_NUMBERS)}")
    app.create()
    try:
        yield app
    finally:
        kubectl("delete", "namespace", app.namespace, "--wait=false", "--ignore-not-found")
