"""A real API server with Kyverno's controllers, as plain processes on free loopback ports."""

import os
import shlex
import subprocess
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from lab.cluster import loopback, sources
from lab.cluster.loopback import ADMIN, Servers, free_port, token
from tests.integration.kyverno import chart_roles
from tests.integration.kyverno.api import Api, eventually
from tests.tooling import tool

SCAN_INTERVAL = "5s"  # how soon a missed generation is healed
START = 60.0  # seconds until everything must be up
NAMESPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kyverno"}}
BINARIES = {
    "admission": "kyverno",
    "background": "background-controller",
    "cleanup": "cleanup-controller",
}
ACCOUNT = "system:serviceaccount:kyverno:kyverno-{}-controller"


@dataclass(frozen=True)
class ControlPlane:
    """A running control plane."""

    api: Api
    kubeconfig: Path
    servers: Servers

    @property
    def stack(self) -> ExitStack:
        """What ends with the control plane."""
        return self.servers.stack

    @property
    def folder(self) -> Path:
        """Where its files are."""
        return self.servers.folder

    def start(self, name: str, *command: object, **env: str) -> subprocess.Popen[bytes]:
        """Start a process that ends with the control plane; its output goes to NAME.log."""
        return self.servers.start(name, *command, **env)

    def api_of(self, user: str) -> Api:
        """The API server, asked in another user's name."""
        api = Api(self.api.url, token(ADMIN), user)
        self.stack.callback(api.close)
        return api

    def kubeconfig_of(self, account: str) -> Path:
        """A kubeconfig for a service account in Kyverno's namespace."""
        meta = {"name": account, "namespace": "kyverno"}
        self.api.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta})
        request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
        path = f"/api/v1/namespaces/kyverno/serviceaccounts/{account}/token"
        issued = self.api.call("POST", path, request)["status"]["token"]
        return loopback.kubeconfig(self.folder / account, self.api.url, issued)


def _is_ready(api: Api) -> bool:
    try:
        return api.is_ready()
    except httpx2.TransportError:
        return False


@contextmanager
def running(folder: Path) -> Generator[ControlPlane]:
    """etcd, API server and controller-manager; killed at the end."""
    binary = {name: tool(name) for name in ("etcd", "kube-apiserver", "kube-controller-manager")}
    with loopback.running(folder, binary) as servers:
        api = Api(servers.url, token(ADMIN))
        servers.stack.callback(api.close)
        config = servers.kubeconfig()
        plane = ControlPlane(api, config, servers)
        # The controller-manager gives up on an API server that answers but is not ready for long.
        eventually(lambda: _is_ready(plane.api), START)
        plane.start(
            "controller-manager",
            binary["kube-controller-manager"],
            f"--kubeconfig={config}",
            f"--service-account-private-key-file={servers.key}",
            "--leader-elect=false",
            f"--secure-port={free_port()}",
            "--bind-address=127.0.0.1",
        )
        yield plane


def _knowing(folder: Path, host: str) -> list[str]:
    """Begins a command that resolves this name to loopback, which no other process then does."""
    file = folder / "hosts"
    file.write_text(f"127.0.0.1 localhost\n127.0.0.1 {host}\n")
    mapped = [] if os.geteuid() == 0 else ["--map-root-user"]
    mount = f'mount --bind {shlex.quote(str(file))} /etc/hosts && exec "$@"'
    return ["unshare", "--mount", *mapped, "sh", "-c", mount, "sh"]


def start_kyverno(plane: ControlPlane, host: str) -> subprocess.Popen[bytes]:
    """Kyverno's three controllers, each as its own service account with its chart's roles.

    They know `host`, by which policies ask pvc-plumber, as the name of this machine.
    """
    module = sources.KYVERNO.folder()
    for group in ("kyverno", "policies.kyverno.io", "policyreport", "reports"):
        for file in sorted((module / "config/crds" / group).glob("*.yaml")):
            plane.api.apply(sources.yaml_object(file))
    plane.api.apply(NAMESPACE)
    roles = chart_roles.roles(module)
    for role in roles:
        plane.api.apply(role)
    # A controller that starts before its roles are aggregated pauses longer after each refusal.
    for role in [chart_roles.VIEW, *(role for role in roles if "aggregationRule" in role)]:
        eventually(lambda role=role: (plane.api.get(role) or {}).get("rules"), START)
    # Without this ConfigMap the threshold is 0 and nothing is ever generated.
    config = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"updateRequestThreshold": "1000"}}
    plane.api.apply({**config, "metadata": {"name": "kyverno", "namespace": "kyverno"}})
    started = {}
    for name, flags in _flags().items():
        account = f"kyverno-{name}-controller"
        started[name] = plane.start(
            name,
            *_knowing(plane.folder, host),
            tool(BINARIES[name]),
            f"--kubeconfig={plane.kubeconfig_of(account)}",
            f"--metricsPort={free_port()}",
            *flags,
            KYVERNO_NAMESPACE="kyverno",
            KYVERNO_POD_NAME="test",
            KYVERNO_DEPLOYMENT=account,
            KYVERNO_SERVICEACCOUNT_NAME=account,
            KYVERNO_SVC="kyverno-svc",
            INIT_CONFIG="kyverno",
            METRICS_CONFIG="kyverno-metrics",
            BACKGROUND_SCAN_INTERVAL=SCAN_INTERVAL,
        )
    return started["admission"]


def _flags() -> dict[str, list[str]]:
    webhook, cleanup = free_port(), free_port()
    return {
        "admission": [
            f"--serverIP=127.0.0.1:{webhook}",
            f"--webhookServerPort={webhook}",
            "--caSecretName=kyverno-ca",
            "--tlsSecretName=kyverno-tls",
            f"--backgroundServiceAccountName={ACCOUNT.format('background')}",
            f"--reportsServiceAccountName={ACCOUNT.format('reports')}",
            "--httpBlocklist=",  # the answers come from loopback
            "--controllerRuntimeMetricsAddress=0",
            "--admissionReports=false",
        ],
        "background": ["--controllerRuntimeMetricsAddress=0"],
        "cleanup": [
            f"--serverIP=127.0.0.1:{cleanup}",
            f"--cleanupServerPort={cleanup}",
            "--caSecretName=kyverno-cleanup-controller.kyverno.svc.kyverno-tls-ca",
            "--tlsSecretName=kyverno-cleanup-controller.kyverno.svc.kyverno-tls-pair",
        ],
    }
