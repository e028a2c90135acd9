"""Brings the lab up, step by step; each step leaves alone what is there already."""

import hashlib
import json
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from contract.labels import PART_OF, PROJECT
from contract.scope import VOLSYNC_NAMESPACE
from lab import paths, pins, tools
from lab.application import kubectl
from lab.cluster import accounts, api, charts, components, configure, csi, secretstore, sources
from lab.errors import LabError
from lab.images import catalog, importer, product
from lab.node import cgroups, component, namespaces, native, network, nfs, packages
from lab.node.component import Component
from lab.objects import dns, secrets, storage
from lab.polling import REQUEST, wait_until

Tools = Mapping[str, Path]
MONITORING = ("prometheusrules", "servicemonitors", "podmonitors")
ACCOUNTS = {
    "csi-provisioner": storage.NAMESPACE,
    "csi-snapshotter": storage.NAMESPACE,
    "snapshot-controller": storage.NAMESPACE,
    secrets.NAME: secrets.NAMESPACE,
}
APPLIED = paths.STATE / "applied"


def step(name: str, action: Callable[[], str]) -> None:
    """Runs one step and prints what it did and how long it took."""
    start = time.monotonic()
    done = action()
    print(f"lab: {name:<12} {time.monotonic() - start:5.1f} s  {done}", file=sys.stderr, flush=True)


def _fetch() -> str:
    """Everything that comes from outside, before anything runs."""
    csi.environment()
    sources.PULUMI_SDK.folder()
    return "charts prepared" if charts.prepare() else "all there"


def _start(here: namespaces.Node, wanted: Iterable[Component]) -> str:
    started = []
    for one in wanted:
        if component.start(one, here):
            started.append(one.name)
        component.await_ready(one)
    return "started " + " ".join(started) if started else "running"


def _ensure_node() -> tuple[namespaces.Node, str]:
    cgroups.make()
    known = namespaces.read()
    if known is not None and known.alive():
        return known, f"running, first process {known.first.pid}"
    made = namespaces.create(native.pause())
    return made, f"first process {made.first.pid}"


def crds() -> list[Path]:
    """The files with the kinds that a user's cluster has before this project arrives."""
    monitoring = sources.PROMETHEUS_OPERATOR.folder() / "example" / "prometheus-operator-crd"
    external_secrets = sources.EXTERNAL_SECRETS.folder() / "config" / "crds" / "bases"
    return [
        *sorted((sources.SNAPSHOT_API.folder() / "config" / "crd").glob("snapshot*.yaml")),
        *(monitoring / f"monitoring.coreos.com_{kind}.yaml" for kind in MONITORING),
        *sorted(external_secrets.glob("*external-secrets.io_*.yaml")),
    ]


def _apply(binaries: Tools) -> str:
    objects = [*dns.objects(), *storage.accounts(), *secrets.objects()]
    wanted = json.dumps([list(map(str, crds())), objects, storage.classes()])
    key = hashlib.sha256(wanted.encode()).hexdigest()
    if APPLIED.exists() and APPLIED.read_text() == key:
        return "applied before"
    api.apply_files(binaries, crds())
    api.apply(binaries, objects)
    api.apply(binaries, storage.classes())
    APPLIED.write_text(key)
    return f"{len(crds())} CRDs, {len(objects)} objects"


def _tokens(binaries: Tools) -> str:
    made = accounts.issue(binaries, ACCOUNTS)
    return "for " + " ".join(made) if made else "there"


def _await_node(here: namespaces.Node) -> str:
    """A name that resolves proves kubelet, CNI, kube-proxy and CoreDNS at once.

    The node's own condition does not: after a crash it still says what it said before.
    """

    def resolves() -> bool:
        try:
            here.run("getent", "hosts", "kubernetes.default.svc.cluster.local")
        except LabError:
            return False
        return True

    wait_until("DNS", resolves, 120, REQUEST, hint="see `python -m lab logs kubelet`")
    return "DNS answers"


def up() -> None:
    """Everything; prints a line for each step and the total."""
    start = time.monotonic()
    step("packages", packages.install)
    known = namespaces.read()
    if known is not None:
        known.await_end()
    if known is None or not known.alive():
        network.check()  # before anything is built for a quarter of an hour
    binaries = tools.ensure(pins.CLUSTER)
    step("fetch", _fetch)
    step("native", lambda: configure.write(native.nfsfuse()) or "configuration and keys")
    here, said = _ensure_node()
    step("node", lambda: said)
    control = [components.etcd(binaries), components.api_server(binaries), components.containerd()]
    step("control", lambda: _start(here, [*control, nfs.rpcbind(), nfs.ganesha()]))
    step("images", lambda: _said(importer.load(here, catalog.basic(binaries))))
    workers = [components.controller_manager(binaries), components.scheduler(binaries)]
    workers += [components.kubelet(binaries), components.kube_proxy(binaries)]
    step("node parts", lambda: _start(here, workers))
    step("objects", lambda: _apply(binaries))
    step("tokens", lambda: _tokens(binaries))
    storage_parts = [csi.driver(csi.environment()), *csi.sidecars(binaries)]
    step("storage", lambda: _start(here, storage_parts))
    store = [secretstore.connect(), secretstore.operator(binaries)]
    step("secrets", lambda: _start(here, store))
    step("node", lambda: _await_node(here))
    images(here)
    print(f"lab: up in {time.monotonic() - start:.0f} s", file=sys.stderr)
    print(f"export KUBECONFIG={paths.KUBECONFIG}")


def images(here: namespaces.Node) -> None:
    """Packs and imports what `pulumi up` deploys."""
    binaries = tools.ensure(pins.DEPLOYED)
    step("images", lambda: _renewed(importer.load(here, catalog.deployed(binaries))))


def _renewed(changed: list[str]) -> str:
    """What was imported. Its tag stays, so pods that run would go on with the former one."""
    if product.REFERENCE in changed:
        ours = (f"--selector={PART_OF}={PROJECT}", "--ignore-not-found")
        running = "--field-selector=status.phase=Running"
        kubectl("-n", VOLSYNC_NAMESPACE, "delete", "pods", *ours, running, "--wait=false")
    return _said(changed)


def _said(changed: list[str]) -> str:
    return f"imported {' '.join(changed)}" if changed else "unchanged"
