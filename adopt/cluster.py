"""Reads a cluster with `kubectl get --raw` only: every call is a GET."""

import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contract.repository import PIN_CONFIG_MAP, pinned
from contract.scope import VOLSYNC_NAMESPACE
from contract.volsync import API_GROUP

Raw = Mapping[str, Any]
Objects = Mapping[str, Sequence[Raw]]
Get = Callable[[str], Any]  # the answer to a path, or ClusterError

DEADLINE = 120.0  # seconds for one list
PVCS = "persistentvolumeclaims"
CORE = (PVCS, "namespaces")
CRDS = "customresourcedefinitions"
# By API group, in whatever version it is served; a cluster need not have them.
GROUPS: Mapping[str, Sequence[str]] = {
    "apps": ("deployments",),
    "batch": ("cronjobs",),
    "storage.k8s.io": ("storageclasses",),
    "snapshot.storage.k8s.io": ("volumesnapshotclasses",),
    API_GROUP: ("replicationsources", "replicationdestinations", "kopiamaintenances"),
    "kyverno.io": ("clusterpolicies", "policies", "clustercleanuppolicies", "cleanuppolicies"),
    "admissionregistration.k8s.io": (
        "mutatingadmissionpolicies",
        "mutatingwebhookconfigurations",
        "validatingwebhookconfigurations",
    ),
    "external-secrets.io": ("clustersecretstores", "externalsecrets"),
}
CRD_PATH = "/apis/apiextensions.k8s.io/v1/" + CRDS


class ClusterError(Exception):
    """The cluster could not be read, so that nothing is known of it."""


@dataclass(frozen=True, kw_only=True)
class Kubectl:
    """kubectl with a context."""

    binary: str = "kubectl"
    context: str = ""

    def get(self, path: str) -> Any:
        """The answer to a GET. Raises ClusterError."""
        context = [f"--context={self.context}"] if self.context else []
        command = [self.binary, *context, "get", "--raw", path]
        try:
            run = subprocess.run(
                command,
                capture_output=True,
                text=True,
                check=False,
                timeout=DEADLINE,
                stdin=subprocess.DEVNULL,
            )
        except OSError as error:
            raise ClusterError(f"{self.binary} cannot be started: {error.strerror}") from None
        except subprocess.TimeoutExpired:
            raise ClusterError(f"{path} was not answered within {DEADLINE:g} s") from None
        if run.returncode:
            raise ClusterError(f"{path}: {run.stderr.strip() or 'kubectl failed'}")
        try:
            return json.loads(run.stdout)
        except ValueError:
            raise ClusterError(f"{path}: the answer is no JSON") from None


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """The objects of a cluster by resource; a kind that is not served has none."""

    objects: Objects = field(default_factory=dict)
    pinned: str = ""  # the repository that this cluster has worked with
    is_whole: bool = True  # False: only its PVCs are known


def read(get: Get) -> Cluster:
    """Everything that a report needs. Raises ClusterError."""
    objects = {name: _items(get, f"/api/v1/{name}") for name in CORE}
    for group in _listed(get("/apis"), "groups"):
        for name in GROUPS.get(group["name"], ()):
            objects[name] = _served(get, group, name)
    objects[CRDS] = _items(get, CRD_PATH) if _has_volsync(objects) else []
    return Cluster(objects=objects, pinned=_pinned(get))


def read_pvcs(path: Path) -> Cluster:
    """The PVCs in a file with the output of `kubectl get pvc --all-namespaces --output=json`."""
    try:
        items = _listed(json.loads(path.read_text(encoding="utf-8")), "items")
    except OSError as error:
        raise ClusterError(f"{path} cannot be read: {error.strerror}") from None
    except ValueError:
        raise ClusterError(f"{path} holds no JSON") from None
    if any(item.get("kind") != "PersistentVolumeClaim" for item in items):
        raise ClusterError(f"{path} holds something else than PersistentVolumeClaims")
    return Cluster(objects={PVCS: items}, is_whole=False)


def _has_volsync(objects: Objects) -> bool:
    return bool({*GROUPS[API_GROUP]} & set(objects))


def _served(get: Get, group: Raw, name: str) -> list[Raw]:
    """The objects of a kind in the first version that serves it."""
    for version in group["versions"]:
        base = f"/apis/{version['groupVersion']}"
        resources = _listed(get(base), "resources")
        if any(resource["name"] == name for resource in resources):
            return _items(get, f"{base}/{name}")
    return []


def _pinned(get: Get) -> str:
    # As a list: a GET of a missing object would be an error.
    path = f"/api/v1/namespaces/{VOLSYNC_NAMESPACE}/configmaps"
    config_maps = _items(get, f"{path}?fieldSelector=metadata.name={PIN_CONFIG_MAP}")
    return "".join(pinned(config_map) for config_map in config_maps)


def _items(get: Get, path: str) -> list[Raw]:
    return _listed(get(path), "items")


def _listed(answer: Any, key: str) -> list[Raw]:
    """The list of objects under a key of an answer. Raises ClusterError for anything else."""
    items = answer.get(key) if isinstance(answer, dict) else None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise ClusterError(f"the answer has no list of {key}")
    return items
