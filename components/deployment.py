"""Deployments of our parts: what all of their pods have in common."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

import pulumi
from pulumi_kubernetes.apps.v1 import Deployment, DeploymentStrategyArgsDict
from pulumi_kubernetes.core.v1 import (
    ContainerArgsDict,
    PodSpecArgsDict,
    TopologySpreadConstraintArgsDict,
    VolumeArgsDict,
)

from components import pod
from contract.pods import PodOptions

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
        **cast("PodSpecArgsDict", pods.options.manifest()),
    }
    if pods.account:
        spec["service_account_name"] = pods.account
    if pods.init_containers:
        spec["init_containers"] = pods.init_containers
    if pods.volumes:
        spec["volumes"] = pods.volumes
    if pods.priority:
        spec["priority_class_name"] = pods.priority
    if pods.spread:
        spec["topology_spread_constraints"] = pods.spread
    return spec
