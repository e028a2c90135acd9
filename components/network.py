"""Services of our pods, and network policies that let through what each of them needs, no more."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import ip_network

import pulumi
from pulumi_kubernetes.core.v1 import Service
from pulumi_kubernetes.networking.v1 import (
    NetworkPolicy,
    NetworkPolicyEgressRuleArgsDict,
    NetworkPolicyIngressRuleArgsDict,
    NetworkPolicyPeerArgsDict,
    NetworkPolicyPortArgsDict,
)

from components import pod
from contract.scope import VOLSYNC_NAMESPACE

DNS_PORTS = (53, 5353)  # the second is where OpenShift's pods listen
LAST_PORT = 65535


@dataclass(frozen=True, kw_only=True)
class ApiServer:
    """Where pods reach the API server: the stack's section `cluster.apiServer`."""

    addresses: tuple[str, ...] = field(default=(), metadata={"title": "list of addresses"})
    """Addresses or networks, such as `192.0.2.10/32`, that network policies let our pods reach on
    `ports`; if not set, any. [The network](security.md#the-network) tells which ones to name."""
    ports: tuple[int, ...] = field(
        default=(443, 6443), metadata={"min_length": 1, "title": "list of ports"}
    )
    """Ports of the API server: that of its Service, and that behind it, which is 6443 in most
    clusters, 8443 in Minikube and 16443 in MicroK8s."""

    def __post_init__(self) -> None:
        for address in self.addresses:
            try:
                ip_network(address)
            except ValueError:
                raise ValueError(
                    "addresses must be addresses or networks such as 192.0.2.10/32"
                ) from None
        if not all(0 < port <= LAST_PORT for port in self.ports):
            raise ValueError("ports must be numbers from 1 to 65535")

    def egress(self) -> list[NetworkPolicyEgressRuleArgsDict]:
        """Rules for a pod that calls the API server and, by its name, nobody else."""
        api: NetworkPolicyEgressRuleArgsDict = {"ports": [_tcp(port) for port in self.ports]}
        if self.addresses:
            networks = [str(ip_network(address)) for address in self.addresses]
            api["to"] = [{"ip_block": {"cidr": network}} for network in networks]
        dns: list[NetworkPolicyPortArgsDict] = [
            {"port": port, "protocol": kind} for port in DNS_PORTS for kind in ("UDP", "TCP")
        ]
        # To anywhere: a node's own cache of names is no pod, and has an address of its own.
        return [api, {"ports": dns}]


def service(
    name: str,
    target: str,
    opts: pulumi.ResourceOptions,
    *,
    port: str,
    number: int,
    answers_unready: bool = False,
    title: str = "",
) -> Service:
    """The Service of a part: `number` leads to its pods' port named `port`.

    It bears the part's name, unless it has a `title`.

    `answers_unready`: its pods answer why they are not ready, which says more than a refusal.
    """
    return Service(
        name,
        metadata={**pod.metadata(target), "name": title or target},
        spec={
            "type": "ClusterIP",
            "selector": pod.selector(target),
            "publish_not_ready_addresses": answers_unready,
            "ports": [{"name": port, "port": number, "target_port": port, "protocol": "TCP"}],
        },
        opts=opts,
    )


def network_policy(
    name: str,
    target: str,
    opts: pulumi.ResourceOptions,
    *,
    port: str | int = "",
    namespaces: Iterable[str] = (),
    calls: ApiServer | None = None,
    open_port: str = "",
    namespace: str = VOLSYNC_NAMESPACE,
) -> NetworkPolicy:
    """A network policy: ingress to one port from these namespaces, egress to the API server alone.

    `open_port` may be reached from anywhere: the API server has no address that a selector knows.

    An NFS volume is mounted by the node, so a pod that only reads the repository needs no egress.
    """
    return NetworkPolicy(
        name,
        metadata=pod.metadata(target, namespace),
        spec={
            "pod_selector": {"match_labels": pod.selector(target)},
            "policy_types": ["Ingress", "Egress"],
            "ingress": [*_ingress(port, sorted(set(namespaces))), *_open(open_port)],
            "egress": calls.egress() if calls else [],
        },
        opts=opts,
    )


def isolation(name: str, namespace: str, opts: pulumi.ResourceOptions) -> NetworkPolicy:
    """For all pods of a namespace: nothing comes in or goes out but what others let through."""
    return NetworkPolicy(
        name,
        metadata=pod.metadata(namespace, namespace),
        spec={
            "pod_selector": {},
            "policy_types": ["Ingress", "Egress"],
            "ingress": [],
            "egress": [],
        },
        opts=opts,
    )


def _tcp(port: str | int) -> NetworkPolicyPortArgsDict:
    return {"port": port, "protocol": "TCP"}


def _ingress(port: str | int, namespaces: list[str]) -> list[NetworkPolicyIngressRuleArgsDict]:
    peers: list[NetworkPolicyPeerArgsDict] = [
        {"namespace_selector": {"match_labels": {pod.NAMESPACE_NAME: name}}} for name in namespaces
    ]
    # An empty `from` would let everybody in, so that without peers there is no rule at all.
    return [{"from_": peers, "ports": [_tcp(port)]}] if peers else []


def _open(port: str) -> list[NetworkPolicyIngressRuleArgsDict]:
    return [{"ports": [_tcp(port)]}] if port else []
