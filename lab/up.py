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
from lab.application import BESIDE, kubectl
from lab.cluster import accounts, api, charts, components, configure, csi, secretstore, sources
from lab.errors import LabError
from lab.images import catalog, importer, product
from lab.node import cgroups, component, namespaces, native, network, nfs, packages
from lab.node.component import Component
from lab.objects import access, dns, secrets, storage
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
    outcome = action()
    print(
        f"lab: {name:<12} {time.monotonic() - start:5.1f} s  {outcome}", file=sys.stderr, flush=True
    )


def _fetch() -> str:
    """Fetches everything that comes from outside, before anything runs."""
    csi.environment()
    sources.PULUMI_SDK.folder()
    return "charts prepared" if charts.prepare() else "all there"


def _start(node: namespaces.Node, parts: Iterable[Component]) -> str:
    started = []
    for part in parts:
        if component.start(part, node):
            started.append(part.name)
        component.await_ready(part)
    return "started " + " ".join(started) if started else "running"


def _ensure_node() -> tuple[namespaces.Node, str]:
    cgroups.make()
    recorded = namespaces.read()
    if recorded is not None and recorded.alive():
        return recorded, f"running, first process {recorded.first.pid}"
    created = namespaces.create(native.pause())
    return created, f"first process {created.first.pid}"


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
    applications = [access.namespace(BESIDE)]
    objects = [*dns.objects(), *storage.accounts(), *secrets.objects(), *applications]
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
    issued = accounts.issue(binaries, ACCOUNTS)
    return "for " + " ".join(issued) if issued else "there"


def _await_node(node: namespaces.Node) -> str:
    """Waits until a name resolves, which proves kubelet, CNI, kube-proxy and CoreDNS.

    The node's own condition does not: after a crash it still says what it said before.
    """

    def resolves() -> bool:
        try:
            node.run("getent", "hosts", "kubernetes.default.svc.cluster.local")
        except LabError:
            return False
        return True

    wait_until("DNS", resolves, 120, REQUEST, hint="see `python -m lab logs kubelet`")
    return "DNS answers"


def up() -> None:
    """Brings everything up; prints a line for each step and the total."""
    start = time.monotonic()
    step("packages", packages.install)
    recorded = namespaces.read()
    if recorded is not None:
        recorded.await_end()
    if recorded is None or not recorded.alive():
        network.check()  # before anything is built for a quarter of an hour
    binaries = tools.ensure(pins.CLUSTER)
    step("fetch", _fetch)
    step("native", lambda: configure.write(native.nfsfuse()) or "configuration and keys")
    node, node_state = _ensure_node()
    step("node", lambda: node_state)
    control = [components.etcd(binaries), components.api_server(binaries), components.containerd()]
    step("control", lambda: _start(node, [*control, nfs.rpcbind(), nfs.ganesha()]))
    step("images", lambda: _import_summary(importer.load(node, catalog.basic(binaries))))
    workers = [components.controller_manager(binaries), components.scheduler(binaries)]
    workers += [components.kubelet(binaries), components.kube_proxy(binaries)]
    step("node parts", lambda: _start(node, workers))
    step("objects", lambda: _apply(binaries))
    step("tokens", lambda: _tokens(binaries))
    storage_parts = [csi.driver(csi.environment()), *csi.sidecars(binaries)]
    step("storage", lambda: _start(node, storage_parts))
    store = [secretstore.connect(), secretstore.operator(binaries)]
    step("secrets", lambda: _start(node, store))
    step("node", lambda: _await_node(node))
    images(node)
    print(f"lab: up in {time.monotonic() - start:.0f} s", file=sys.stderr)
    print(f"export KUBECONFIG={paths.KUBECONFIG}")


def images(node: namespaces.Node) -> None:
    """Packs and imports what `pulumi up` deploys."""
    binaries = tools.ensure(pins.DEPLOYED)
    step("images", lambda: _renewed(importer.load(node, catalog.deployed(binaries))))


def _renewed(changed: list[str]) -> str:
    """Restarts our pods where their image was imported anew: its tag stays the same."""
    if product.REFERENCE in changed:
        ours = (f"--selector={PART_OF}={PROJECT}", "--ignore-not-found")
        running = "--field-selector=status.phase=Running"
        kubectl("-n", VOLSYNC_NAMESPACE, "delete", "pods", *ours, running, "--wait=false")
    return _import_summary(changed)


def _import_summary(changed: list[str]) -> str:
    return f"imported {' '.join(changed)}" if changed else "unchanged"
