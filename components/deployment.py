"""Deployments of our parts: what all of their pods have in common."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pulumi
from pulumi_kubernetes.apps.v1 import Deployment, DeploymentStrategyArgsDict
from pulumi_kubernetes.core.v1 import (
    ContainerArgsDict,
    PodSpecArgsDict,
    TolerationArgsDict,
    TopologySpreadConstraintArgsDict,
    VolumeArgsDict,
)

from components import pod
from contract.pods import PodOptions, Toleration

# The old pod is gone before the new one starts: two would do the same work.
ONE: DeploymentStrategyArgsDict = {"type": "Recreate"}
# A new one is ready before an old one goes.
SEVERAL: DeploymentStrategyArgsDict = {
    "type": "RollingUpdate",
    "rolling_update": {"max_unavailable": 0, "max_surge": 1},
}


@dataclass(frozen=True, kw_only=True)
class Pods:
    """What differs between parts. `account` is mounted with its token; "" is none.

    `options` are the stack's, the same for all parts; `priority` is a PriorityClass, or "".
    """

    containers: Sequence[ContainerArgsDict]
    init_containers: Sequence[ContainerArgsDict] = ()
    volumes: Sequence[VolumeArgsDict] = ()
    account: str = ""
    options: PodOptions = field(default_factory=PodOptions)
    priority: str = ""
    spread: Sequence[TopologySpreadConstraintArgsDict] = ()


def deployment(
    name: str,
    target: str,
    pods: Pods,
    opts: pulumi.ResourceOptions,
    *,
    replicas: int = 1,
    strategy: DeploymentStrategyArgsDict = ONE,
) -> Deployment:
    """The Deployment `target`."""
    return Deployment(
        f"{name}-deployment",
        metadata=pod.metadata(target),
        spec={
            "replicas": replicas,
            "strategy": strategy,
            "selector": {"match_labels": pod.selector(target)},
            "template": {"metadata": {"labels": pod.labels(target)}, "spec": pod_spec(pods)},
        },
        opts=opts,
    )


def pod_spec(pods: Pods) -> PodSpecArgsDict:
    """The pod spec."""
    spec: PodSpecArgsDict = {
        "automount_service_account_token": bool(pods.account),
        "enable_service_links": False,
        "security_context": pod.pod_security(),
        "containers": pods.containers,
    }
    if pods.account:
        spec["service_account_name"] = pods.account
    if pods.init_containers:
        spec["init_containers"] = pods.init_containers
    if pods.volumes:
        spec["volumes"] = pods.volumes
    if pods.options.tolerations:
        spec["tolerations"] = [_toleration(one) for one in pods.options.tolerations]
    if pods.options.node_selector:
        spec["node_selector"] = pods.options.node_selector
    if pods.options.image_pull_secrets:
        spec["image_pull_secrets"] = [{"name": name} for name in pods.options.image_pull_secrets]
    if pods.priority:
        spec["priority_class_name"] = pods.priority
    if pods.spread:
        spec["topology_spread_constraints"] = pods.spread
    return spec


def _toleration(one: Toleration) -> TolerationArgsDict:
    made: TolerationArgsDict = {"operator": one.operator.value}
    if one.key:
        made["key"] = one.key
    if one.value:
        made["value"] = one.value
    if one.effect:
        made["effect"] = one.effect.value
    if one.toleration_seconds is not None:
        made["toleration_seconds"] = one.toleration_seconds
    return made
