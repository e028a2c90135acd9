"""All policies and roles of an installation, in the order in which they are deployed."""

from typing import Any

from manifests import rbac, webhook
from manifests.guard import guard
from manifests.params import PolicyParams
from manifests.policies import (
    bind_gate,
    cleanup,
    excluded_namespace,
    export,
    gate,
    generate,
    label,
    mover_content,
    mover_label,
    movers_namespace,
    nfs_inject,
    restore,
    restore_gate,
    secret_owner,
    secret_store,
    source,
)


def all_policies(params: PolicyParams) -> list[dict[str, Any]]:
    """The Kyverno policies, the gate last: once it is in force a labelled PVC needs an answer.

    They are removed in the reverse order.
    """
    inject = [] if params.export is None else [nfs_inject.policy(params, params.export)]
    return [
        *inject,
        generate.policy(params),
        source.policy(params),
        cleanup.policy(params),
        restore_gate.policy(params),
        bind_gate.policy(params),
        restore.policy(params),
        gate.policy(params),
    ]


def claim_policies(params: PolicyParams) -> list[dict[str, Any]]:
    """Of the native policies those that judge PVCs of applications: labels, and guards."""
    gates = [policy for policy in all_policies(params) if policy["kind"] == "ValidatingPolicy"]
    return [
        *label.objects(params),
        *excluded_namespace.objects(params),
        *(obj for policy in gates for obj in guard(policy)),
        *webhook.guard(params),
    ]


def native_policies(params: PolicyParams) -> list[dict[str, Any]]:
    """The policies that the API server evaluates itself."""
    return [
        *claim_policies(params),
        *mover_label.objects(),
        *mover_content.objects(params),
        *(movers_namespace.objects() if params.is_apart else ()),
        *secret_owner.objects(),
        *(secret_store.objects(params.password) if params.reserved else ()),
        *(export.objects(params.repository, params.mounted_in) if params.repository else ()),
    ]


def kyverno_objects(params: PolicyParams) -> list[dict[str, Any]]:
    """ClusterRoles and policies; roles first, since a policy without permissions is never ready."""
    return [*rbac.cluster_roles(params), *all_policies(params)]
