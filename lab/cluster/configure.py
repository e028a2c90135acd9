"""Writes what the cluster reads at its start: keys, configuration, the node's own /etc."""

from collections.abc import Mapping
from pathlib import Path

from lab import paths
from lab.cluster import secretstore
from lab.node import files, nfs, nodeconfig, pki
from lab.node.namespaces import LAYERS

COMPONENTS = ("controller-manager", "scheduler", "kube-proxy", "kubelet")
FOLDERS = (paths.LOGS, paths.PIDS, paths.CONFIG / "cni", LAYERS / "var" / "lib")


def texts() -> Mapping[str, str]:
    """The configuration files by name."""
    return {
        "containerd.toml": nodeconfig.containerd(),
        "cni/10-lab.conflist": nodeconfig.cni(),
        "kubelet.json": nodeconfig.kubelet(),
        "kube-proxy.json": nodeconfig.kube_proxy(),
        "ganesha.conf": nodeconfig.ganesha(),
        nodeconfig.NO_RESOLVER.name: "",
    }


def write(nfsfuse: Path) -> None:
    """Writes what is missing or has changed."""
    paths.STATE.mkdir(parents=True, exist_ok=True, mode=0o700)
    for folder in FOLDERS:
        folder.mkdir(parents=True, exist_ok=True)
    pki.issue()
    for name, text in texts().items():
        files.write(paths.CONFIG / name, text)
    files.write(nodeconfig.RUNC, nodeconfig.runc(), 0o755)
    for name in COMPONENTS:
        files.write(paths.CONFIG / f"{name}.kubeconfig", pki.by_certificate(name), 0o600)
    files.write(paths.KUBECONFIG, pki.by_token(pki.ADMIN_TOKEN.read_text()), 0o600)
    etc = LAYERS / "etc"
    files.write(etc / "hosts", nodeconfig.hosts())
    files.write(etc / "resolv.conf", nodeconfig.RESOLVER)
    files.write(etc / "idmapd.conf", nodeconfig.idmap())
    nfs.prepare(nfsfuse)
    secretstore.prepare()
