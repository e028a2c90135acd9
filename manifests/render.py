"""All that goes into a cluster for Kyverno, in the order in which it is deployed."""

from typing import Any

from manifests import rbac
from manifests.guard import guard
from manifests.params import PolicyParams
from manifests.policies import (
    bind_gate,
    cleanup,
    gate,
    generate,
    label,
    nfs_inject,
    restore,
    restore_gate,
    source,
)


def all_policies(params: PolicyParams) -> list[dict[str, Any]]:
    """The gate last: from then on a labelled PVC needs an answer. Removed in reverse."""
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


def native_policies(params: PolicyParams) -> list[dict[str, Any]]:
    """What the API server judges by itself. The guards come after the gates that they guard."""
    gates = [policy for policy in all_policies(params) if policy["kind"] == "ValidatingPolicy"]
    return [*label.objects(params), *(obj for policy in gates for obj in guard(policy))]


def kyverno_objects(params: PolicyParams) -> list[dict[str, Any]]:
    """Roles first: a policy without its permissions never becomes ready."""
    return [*rbac.cluster_roles(), *all_policies(params)]
