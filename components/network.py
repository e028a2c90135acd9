"""Services of our pods, and network policies that admit only the namespaces in need."""

from collections.abc import Iterable

import pulumi
from pulumi_kubernetes.core.v1 import Service
from pulumi_kubernetes.networking.v1 import (
    NetworkPolicy,
    NetworkPolicyIngressRuleArgsDict,
    NetworkPolicyPeerArgsDict,
)

from components import pod
from contract.scope import VOLSYNC_NAMESPACE


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
    port: str,
    namespaces: Iterable[str],
    is_calling_out: bool,
    open_port: str = "",
    namespace: str = VOLSYNC_NAMESPACE,
) -> NetworkPolicy:
    """A network policy: ingress to one port from these namespaces, egress only where asked for.

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
            "egress": [{}] if is_calling_out else [],
        },
        opts=opts,
    )


def isolation(name: str, namespace: str, opts: pulumi.ResourceOptions) -> NetworkPolicy:
    """A network policy for all pods of a namespace: nothing comes in, nothing goes out."""
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


def _ingress(port: str, namespaces: list[str]) -> list[NetworkPolicyIngressRuleArgsDict]:
    peers: list[NetworkPolicyPeerArgsDict] = [
        {"namespace_selector": {"match_labels": {pod.NAMESPACE_NAME: name}}} for name in namespaces
    ]
    # An empty `from` would let everybody in, so that without peers there is no rule at all.
    return [{"from_": peers, "ports": [{"port": port, "protocol": "TCP"}]}] if peers else []


def _open(port: str) -> list[NetworkPolicyIngressRuleArgsDict]:
    return [{"ports": [{"port": port, "protocol": "TCP"}]}] if port else []
