"""Service accounts of our pods, with their roles and bindings."""

from collections.abc import Mapping, Sequence

import pulumi
from pulumi_kubernetes.core.v1 import ServiceAccount
from pulumi_kubernetes.rbac.v1 import (
    ClusterRole,
    ClusterRoleBinding,
    PolicyRuleArgsDict,
    Role,
    RoleBinding,
    SubjectArgsDict,
)

from components import pod
from contract.labels import PROJECT
from contract.scope import VOLSYNC_NAMESPACE

GROUP = "rbac.authorization.k8s.io"


def account(
    name: str,
    target: str,
    opts: pulumi.ResourceOptions,
    *,
    here: Sequence[PolicyRuleArgsDict] = (),
    everywhere: Sequence[PolicyRuleArgsDict] = (),
    there: Mapping[str, Sequence[PolicyRuleArgsDict]] | None = None,
    namespace: str = VOLSYNC_NAMESPACE,
) -> list[pulumi.Resource]:
    """The service account `target` with rights in the parts' namespace and in all namespaces.

    `there` are its rights by the names of further namespaces, which have to exist.

    It lives in the parts' namespace too, unless `namespace` says otherwise. Its token is mounted
    only into a pod that asks for it.
    """
    subject: SubjectArgsDict = {"kind": "ServiceAccount", "name": target, "namespace": namespace}
    service_account = ServiceAccount(
        f"{name}-account",
        metadata=pod.metadata(target, namespace),
        automount_service_account_token=False,
        opts=opts,
    )
    return [
        service_account,
        *(_role(f"{name}-role", target, opts, here, subject) if here else ()),
        *(
            made
            for space, rules in (there or {}).items()
            for made in _role(f"{name}-role-{space}", target, opts, rules, subject, space)
        ),
        *(_cluster_role(name, target, opts, everywhere, subject) if everywhere else ()),
    ]


def _role(
    name: str,
    target: str,
    opts: pulumi.ResourceOptions,
    rules: Sequence[PolicyRuleArgsDict],
    subject: SubjectArgsDict,
    namespace: str = VOLSYNC_NAMESPACE,
) -> list[pulumi.Resource]:
    return [
        Role(name, metadata=pod.metadata(target, namespace), rules=rules, opts=opts),
        RoleBinding(
            f"{name}-binding",
            metadata=pod.metadata(target, namespace),
            role_ref={"api_group": GROUP, "kind": "Role", "name": target},
            subjects=[subject],
            opts=opts,
        ),
    ]


def _cluster_role(
    name: str,
    target: str,
    opts: pulumi.ResourceOptions,
    rules: Sequence[PolicyRuleArgsDict],
    subject: SubjectArgsDict,
) -> list[pulumi.Resource]:
    cluster_name = f"{PROJECT}:{target}"
    return [
        ClusterRole(
            f"{name}-cluster-role",
            metadata={"name": cluster_name, "labels": pod.labels(target)},
            rules=rules,
            opts=opts,
        ),
        ClusterRoleBinding(
            f"{name}-cluster-role-binding",
            metadata={"name": cluster_name, "labels": pod.labels(target)},
            role_ref={"api_group": GROUP, "kind": "ClusterRole", "name": cluster_name},
            subjects=[subject],
            opts=opts,
        ),
    ]
