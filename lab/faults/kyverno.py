"""Kills and rolls Kyverno's admission controller, beside the policies of strangers."""

import json
import signal
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from contract import policies
from lab.application import KubectlError, kubectl
from lab.errors import LabError
from lab.faults.deployment import ADMISSION
from lab.faults.freeze import first, of_pod
from lab.node.process import find

PROGRAM = "kyverno"  # the executable of the admission controller
FOREIGN = "a-foreign"  # sorts before our own: Kyverno compiles policies in the order of names
VARIABLES = 8  # of each foreign policy; each costs Kyverno time when it starts
CHUNK = 50  # policies in one kubectl command
PATIENCE = "--timeout=120s"


def _controllers() -> Iterator[int]:
    for pod in ADMISSION.pods():
        for pid in of_pod(pod["metadata"]["uid"]):
            if first(pid, "cmdline").rpartition("/")[2] == PROGRAM:
                yield pid


def kill() -> int:
    """Kills every admission controller with SIGKILL; kubelet starts it again. Returns how many."""
    number = 0
    for pid in list(_controllers()):
        with suppress(LabError):
            find(pid).signal(signal.SIGKILL)
            number += 1
    return number


def roll() -> None:
    """Replaces the admission controller's pods as an upgrade does; returns when it is done."""
    with rolled():
        pass


def foreign(number: int) -> list[dict[str, Any]]:
    """The policies of strangers about ConfigMaps: as many that mutate and that validate."""
    variables = [
        {
            "name": f"v{index}",
            "expression": f"has(object.data) ? object.data.map(key, key + '{index}').filter(key,"
            f" key.matches('^[a-z]+{index}$')).size() : {index}",
        }
        for index in range(VARIABLES)
    ]
    rule = {
        "apiGroups": [""],
        "apiVersions": ["v1"],
        "operations": ["CREATE"],
        "resources": ["configmaps"],
    }
    shared = {
        "matchConstraints": {"resourceRules": [rule]},
        "matchConditions": [{"name": "never", "expression": "object.metadata.name == 'x'"}],
        "variables": variables,
        "failurePolicy": "Ignore",
    }
    patch = "Object{metadata: Object.metadata{labels: {'a': string(variables.v0)}}}"
    own = {
        policies.VALIDATING: {"validations": [{"expression": "variables.v0 >= 0"}]},
        policies.MUTATING: {
            "mutations": [
                {"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": patch}}
            ]
        },
    }
    return [
        {
            "apiVersion": policies.API_VERSION,
            "kind": kind,
            "metadata": {"name": f"{FOREIGN}-{index:04d}"},
            "spec": {**shared, **spec},
        }
        for index in range(number)
        for kind, spec in own.items()
    ]


@contextmanager
def foreign_policies(number: int) -> Generator[None]:
    """As many foreign policies of each kind, inside the context."""
    made = foreign(number)
    try:
        for start in range(0, len(made), CHUNK):
            items = {"apiVersion": "v1", "kind": "List", "items": made[start : start + CHUNK]}
            kubectl("apply", "--server-side", "-f", "-", stdin=json.dumps(items))
        yield
    finally:
        for kind in (policies.VALIDATING, policies.MUTATING):
            names = [policy["metadata"]["name"] for policy in made if policy["kind"] == kind]
            if names:
                with suppress(KubectlError):
                    kubectl("delete", kind.lower(), *names, "--ignore-not-found", PATIENCE)


@contextmanager
def killed() -> Generator[None]:
    """Kyverno has just been killed, and comes back by itself."""
    if not kill():
        raise LabError("no admission controller of Kyverno runs")
    yield
    ADMISSION.await_ready()


@contextmanager
def rolled() -> Generator[None]:
    """Kyverno's pods are being replaced."""
    ADMISSION.restart()
    yield
    ADMISSION.await_ready()
