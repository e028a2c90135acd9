"""Scales Deployments of the stack."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from contract import answer, audit, scope
from lab.application import kubectl
from lab.polling import wait_until

PATIENCE = 120.0  # seconds for pods to come or go


@dataclass(frozen=True)
class Deployment:
    """A Deployment, by namespace and name."""

    namespace: str
    name: str

    def replicas(self) -> int:
        """The wanted number of pods."""
        return self._read()["spec"]["replicas"]

    def pods(self) -> list[dict[str, Any]]:
        """Its pods, those that are terminating included."""
        marks = self._read()["spec"]["selector"]["matchLabels"]
        selector = ",".join(f"{key}={value}" for key, value in marks.items())
        listed = kubectl("-n", self.namespace, "get", "pods", "-l", selector, "-o", "json")
        return json.loads(listed)["items"]

    def scale(self, replicas: int) -> None:
        """Sets how many pods are wanted, and waits until no other is left."""
        kubectl("-n", self.namespace, "scale", self._path, f"--replicas={replicas}")
        description = f"{replicas} pods of {self.name}"
        wait_until(description, lambda: len(self.pods()) == replicas, PATIENCE)

    def restart(self) -> None:
        """Has its pods replaced."""
        kubectl("-n", self.namespace, "rollout", "restart", self._path)

    def await_ready(self) -> None:
        """Returns when all pods that are wanted are ready."""
        patience = f"--timeout={PATIENCE:.0f}s"
        kubectl("-n", self.namespace, "rollout", "status", self._path, patience)

    @property
    def _path(self) -> str:
        return f"deployment/{self.name}"

    def _read(self) -> dict[str, Any]:
        return json.loads(kubectl("-n", self.namespace, "get", self._path, "-o", "json"))


PLUMBER = Deployment(scope.VOLSYNC_NAMESPACE, answer.SERVICE)
MOVER = Deployment(scope.VOLSYNC_NAMESPACE, scope.MOVER)
AUDIT = Deployment(scope.VOLSYNC_NAMESPACE, audit.SERVICE)
VOLSYNC = Deployment(scope.VOLSYNC_NAMESPACE, scope.VOLSYNC_DEPLOYMENT)
ADMISSION, BACKGROUND, CLEANUP = (
    Deployment(scope.KYVERNO_NAMESPACE, name) for name in scope.KYVERNO_DEPLOYMENTS
)


@contextmanager
def scaled(deployment: Deployment, replicas: int) -> Generator[None]:
    """Scales a Deployment inside the context; restores its replicas afterwards."""
    before = deployment.replicas()
    try:
        deployment.scale(replicas)
        if replicas:
            deployment.await_ready()
        yield
    finally:
        # Their readiness is left to whoever needs it: another fault may stand in its way.
        deployment.scale(before)
