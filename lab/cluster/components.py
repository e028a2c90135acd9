"""The Kubernetes components of the node, in the order in which they start."""

import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from lab import paths
from lab.node import network, nodeconfig, pki
from lab.node.component import Component
from lab.node.namespaces import NAME

IN = paths.INSIDE


def answers(url: str, context: ssl.SSLContext | None = None) -> bool:
    """Whether an HTTP address answers with success."""
    try:
        with urllib.request.urlopen(url, timeout=2, context=context) as answer:  # noqa: S310 (ours)
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def api_is_ready() -> bool:
    """Whether the API server says that it is ready; the certificate is checked on the way."""
    authority = paths.PKI / "ca.crt"
    if not authority.exists():
        return False
    return answers(f"{pki.SERVER}/readyz", ssl.create_default_context(cafile=str(authority)))


def _file(name: str) -> str:
    return f"{IN}/pki/{name}"


def etcd(tools: Mapping[str, Path]) -> Component:
    clients = "http://127.0.0.1:2379"
    return Component(
        name="etcd",
        command=(
            str(tools["etcd"]),
            f"--data-dir={IN}/etcd",
            f"--listen-client-urls={clients}",
            f"--advertise-client-urls={clients}",
            "--listen-peer-urls=http://127.0.0.1:2380",
            "--unsafe-no-fsync",  # a lab's state is worth less than its speed
            "--logger=zap",
            "--log-level=warn",
        ),
    )


def api_server(tools: Mapping[str, Path]) -> Component:
    return Component(
        name="kube-apiserver",
        command=(
            str(tools["kube-apiserver"]),
            "--etcd-servers=http://127.0.0.1:2379",
            "--bind-address=0.0.0.0",
            f"--advertise-address={network.NODE}",
            "--secure-port=6443",
            f"--service-cluster-ip-range={network.SERVICES}",
            f"--client-ca-file={_file('ca.crt')}",
            f"--tls-cert-file={_file('apiserver.crt')}",
            f"--tls-private-key-file={_file('apiserver.key')}",
            f"--token-auth-file={_file('tokens.csv')}",
            f"--service-account-key-file={_file('service-accounts.key')}",
            f"--service-account-signing-key-file={_file('service-accounts.key')}",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--kubelet-client-certificate={_file('apiserver-kubelet.crt')}",
            f"--kubelet-client-key={_file('apiserver-kubelet.key')}",
            f"--kubelet-certificate-authority={_file('ca.crt')}",
            "--kubelet-preferred-address-types=InternalIP",
            f"--requestheader-client-ca-file={_file('front-proxy-ca.crt')}",
            "--requestheader-allowed-names=front-proxy",
            "--requestheader-username-headers=X-Remote-User",
            "--requestheader-group-headers=X-Remote-Group",
            "--requestheader-extra-headers-prefix=X-Remote-Extra-",
            f"--proxy-client-cert-file={_file('front-proxy.crt')}",
            f"--proxy-client-key-file={_file('front-proxy.key')}",
            "--authorization-mode=Node,RBAC",
            "--enable-admission-plugins=NodeRestriction",
            "--allow-privileged=true",
        ),
        ready=api_is_ready,
    )


def controller_manager(tools: Mapping[str, Path]) -> Component:
    return Component(
        name="kube-controller-manager",
        command=(
            str(tools["kube-controller-manager"]),
            f"--kubeconfig={IN}/config/controller-manager.kubeconfig",
            f"--service-account-private-key-file={_file('service-accounts.key')}",
            f"--root-ca-file={_file('ca.crt')}",
            "--use-service-account-credentials=true",
            "--leader-elect=false",
            "--bind-address=127.0.0.1",
        ),
    )


def scheduler(tools: Mapping[str, Path]) -> Component:
    return Component(
        name="kube-scheduler",
        command=(
            str(tools["kube-scheduler"]),
            f"--kubeconfig={IN}/config/scheduler.kubeconfig",
            # On an idle node it would try a pod again before its own cache knows the new volume,
            # and then not for five minutes.
            "--feature-gates=SchedulerPopFromBackoffQ=false",
            "--leader-elect=false",
            "--bind-address=127.0.0.1",
        ),
    )


def containerd() -> Component:
    return Component(
        name="containerd",
        command=("containerd", "--config", f"{IN}/config/containerd.toml"),
        ready=nodeconfig.CONTAINERD_SOCKET.is_socket,
    )


def kubelet(tools: Mapping[str, Path]) -> Component:
    return Component(
        name="kubelet",
        command=(
            str(tools["kubelet"]),
            f"--config={IN}/config/kubelet.json",
            f"--kubeconfig={IN}/config/kubelet.kubeconfig",
            f"--root-dir={paths.inside(nodeconfig.KUBELET_ROOT)}",
            f"--hostname-override={NAME}",
            f"--node-ip={network.NODE}",
        ),
    )


def kube_proxy(tools: Mapping[str, Path]) -> Component:
    return Component(
        name="kube-proxy",
        command=(str(tools["kube-proxy"]), f"--config={IN}/config/kube-proxy.json"),
    )
