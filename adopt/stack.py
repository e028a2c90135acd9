"""The stack settings that an existing cluster requires. Pure."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from adopt.cluster import CRDS, Objects, Raw
from adopt.conflict import HELM_RELEASE, is_fork
from adopt.step import Conflict, Step
from contract import versions
from contract.labels import MANAGED_BY
from contract.repository import SECRET_STORE
from contract.scope import (
    KYVERNO_ADMISSION,
    KYVERNO_NAMESPACE,
    MOVER,
    VOLSYNC_NAMESPACE,
    VOLSYNC_RELEASE,
)
from contract.versions import Version
from contract.volsync import API_GROUP

HELM = (HELM_RELEASE, "meta.helm.sh/release-namespace")
VERSION = re.compile(r":v?(\d+)\.(\d+)\.(\d+)")


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One key of the stack's configuration. Its value is "" where a person has to choose."""

    key: str
    value: str
    why: str

    @property
    def command(self) -> str:
        """The command that sets it."""
        if not self.value:
            return ""
        return shlex.join(["pulumi", "config", "set", "--path", self.key, self.value])


def settings(objects: Objects, unique_id: str) -> tuple[Setting, ...]:
    """The settings that must differ from the defaults; only the pin where the stack is deployed."""
    pin = Setting(
        key="repository.uniqueId", value=unique_id, why="from then on no other export is accepted"
    )
    if not objects.get("namespaces") or _deployment(objects, VOLSYNC_NAMESPACE, MOVER):
        return (pin,)
    return (pin, *_volsync(objects), *_kyverno(objects), *_store(objects), *_storage(objects))


def kinds(objects: Objects) -> tuple[Conflict, ...]:
    """VolSync's CRDs, where Helm would refuse to adopt them into the stack's release."""
    if _upstream(objects):
        return ()
    return tuple(sorted(_kind(raw) for raw in objects.get(CRDS, ()) if not _is_helms(raw)))


def _volsync(objects: Objects) -> Iterator[Setting]:
    upstream = _upstream(objects)
    if upstream:
        version = _version(upstream)
        is_new = version is not None and version >= versions.VOLSYNC
        why = f"upstream VolSync runs as {upstream['metadata']['namespace']}"
        why += f"/{upstream['metadata']['name']}"
        why += "" if is_new else f"; update it to {versions.VOLSYNC} or later first"
        yield Setting(key="volsync.install", value="false" if is_new else "", why=why)
    yield from _namespace(objects, "volsync", VOLSYNC_NAMESPACE)


def _kyverno(objects: Objects) -> Iterator[Setting]:
    running = _deployment(objects, KYVERNO_NAMESPACE, KYVERNO_ADMISSION)
    elsewhere = [
        raw
        for raw in objects.get("deployments", ())
        if raw["metadata"]["name"] == KYVERNO_ADMISSION and raw is not running
    ]
    if elsewhere:
        place = elsewhere[0]["metadata"]["namespace"]
        why = f"Kyverno runs in {place}; it has to be in {KYVERNO_NAMESPACE}"
        yield Setting(key="kyverno.install", value="", why=why)
    elif running:
        version = _version(running)
        if version is not None and version >= versions.KYVERNO:
            yield Setting(key="kyverno.install", value="false", why="Kyverno is there")
        else:
            why = f"Kyverno is there; update it to {versions.KYVERNO} or later first"
            yield Setting(key="kyverno.install", value="", why=why)
    yield from _namespace(objects, "kyverno", KYVERNO_NAMESPACE)


def _store(objects: Objects) -> Iterator[Setting]:
    names = sorted(raw["metadata"]["name"] for raw in objects.get("clustersecretstores", ()))
    if SECRET_STORE in names:
        why = f"the ClusterSecretStore {SECRET_STORE} is there"
        yield Setting(key="secretStore.install", value="false", why=why)
    elif names:
        why = f"{', '.join(names)}: a ClusterSecretStore that is there can hold the password"
        yield Setting(key="secretStore.name", value="", why=why)


def _storage(objects: Objects) -> Iterator[Setting]:
    drivers: dict[str, list[str]] = {}
    for raw in objects.get("volumesnapshotclasses", ()):
        drivers.setdefault(raw["driver"], []).append(raw["metadata"]["name"])
    classes = {
        driver: sorted(
            raw["metadata"]["name"]
            for raw in objects.get("storageclasses", ())
            if raw["provisioner"] == driver
        )
        for driver in drivers
    }
    for driver, names in sorted(drivers.items()):
        is_only = len(drivers) == len(names) == 1
        why = f"snapshots of {driver}: {' or '.join(sorted(names))}"
        yield Setting(key="storage.snapshotClass", value=names[0] if is_only else "", why=why)
        for place, name in enumerate(classes[driver]):
            yield Setting(
                key=f"storage.snapshotCapable[{place}]",
                value=name if len(drivers) == 1 else "",
                why=f"{name} is of {driver}",
            )


def _namespace(objects: Objects, section: str, name: str) -> Iterator[Setting]:
    if any(raw["metadata"]["name"] == name for raw in objects["namespaces"]):
        why = f"the namespace {name} is there"
        yield Setting(key=f"{section}.createNamespace", value="false", why=why)


def _upstream(objects: Objects) -> Raw | None:
    """The Deployment of a VolSync that is not the fork."""
    deployments = (raw for raw in objects.get("deployments", ()) if not is_fork(raw))
    return next(
        (raw for raw in deployments if any("backube/volsync" in i for i in _images(raw))), None
    )


def _deployment(objects: Objects, namespace: str, name: str) -> Raw | None:
    for raw in objects.get("deployments", ()):
        meta = raw["metadata"]
        if (meta["namespace"], meta["name"]) == (namespace, name):
            return raw
    return None


def _images(deployment: Raw) -> list[str]:
    containers = deployment["spec"]["template"]["spec"]["containers"]
    return [container["image"] for container in containers]


def _version(deployment: Raw) -> Version | None:
    """The version in the first image tag that has one."""
    matches = (VERSION.search(image) for image in _images(deployment))
    match = next((match for match in matches if match), None)
    return Version(*map(int, match.groups())) if match else None


def _is_helms(crd: Raw) -> bool:
    meta = crd["metadata"]
    if not meta["name"].endswith(f".{API_GROUP}"):
        return True
    marks, labels = meta.get("annotations") or {}, meta.get("labels") or {}
    owner = tuple(marks.get(key) for key in HELM)
    managed = labels.get(MANAGED_BY) == "Helm"
    return managed and owner == (VOLSYNC_RELEASE, VOLSYNC_NAMESPACE)


def _kind(crd: Raw) -> Conflict:
    name = crd["metadata"]["name"]
    owner = zip(HELM, (VOLSYNC_RELEASE, VOLSYNC_NAMESPACE), strict=True)
    own = [f"{key}={value}" for key, value in owner]
    label = ["kubectl", "label", "crd", name, f"{MANAGED_BY}=Helm", "--overwrite"]
    mark = ["kubectl", "annotate", "crd", name, *own, "--overwrite"]
    return Conflict(
        step=Step.NAMES,
        kind="customresourcedefinitions",
        namespace="",
        name=name,
        why="Helm refuses to take it over into the stack's release without these marks",
        todo=f"{shlex.join(label)} && {shlex.join(mark)}",
        back="the marks do no harm",
    )
