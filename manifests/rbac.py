"""The permissions that our policies need, as ClusterRoles that Kyverno's own roles aggregate."""

from typing import Any

from contract.repository import PIN_CONFIG_MAP
from manifests import external_secrets, volsync
from manifests.params import PolicyParams

API_VERSION = "rbac.authorization.k8s.io/v1"
AGGREGATE = "rbac.kyverno.io/aggregate-to-"
READ = ("get", "list", "watch")
WRITE = (*READ, "create", "update", "patch", "delete")

PVCS = ("", ("persistentvolumeclaims",))
JOBS = ("batch", ("jobs",))
PAIRS = (volsync.GROUP, ("replicationsources", "replicationdestinations"))
SECRETS = (external_secrets.GROUP, ("externalsecrets",))

# The volume that a restored PVC is about to bind to; it cannot be known by name beforehand.
VOLUMES = {"apiGroups": [""], "resources": ["persistentvolumes"], "verbs": ["get"]}

# The pin is read by name, in one namespace that the policy names.
PIN = {
    "apiGroups": [""],
    "resources": ["configmaps"],
    "resourceNames": [PIN_CONFIG_MAP],
    "verbs": ["get"],
}


def _rule(kinds: tuple[str, tuple[str, ...]], verbs: tuple[str, ...]) -> dict[str, Any]:
    group, resources = kinds
    return {"apiGroups": [group], "resources": list(resources), "verbs": list(verbs)}


def _cluster_role(controller: str, rules: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "apiVersion": API_VERSION,
        "kind": "ClusterRole",
        "metadata": {
            "name": f"pvc-backup:kyverno-{controller}",
            "labels": {f"{AGGREGATE}{controller}": "true"},
        },
        "rules": rules,
    }


def cluster_roles(params: PolicyParams) -> list[dict[str, Any]]:
    """One role per controller. Without read access for reports, policies never become ready.

    Where movers work apart, cleanup looks whether one of before still needs the Secret of its PVC.
    """
    read_rules = [_rule(kinds, READ) for kinds in (PVCS, JOBS, PAIRS, SECRETS)]
    generate_rules = [_rule(PVCS, READ), _rule(PAIRS, WRITE)]
    if params.has_secrets:
        generate_rules.append(_rule(SECRETS, WRITE))
    delete_verbs = (*READ, "delete")
    cleanup_rules = [_rule(PVCS, READ), _rule(PAIRS, delete_verbs), _rule(SECRETS, delete_verbs)]
    if params.is_apart:
        cleanup_rules.append(_rule(JOBS, READ))
    return [
        _cluster_role("admission-controller", [*read_rules, VOLUMES, PIN]),
        _cluster_role("background-controller", generate_rules),
        _cluster_role("cleanup-controller", cleanup_rules),
        _cluster_role("reports-controller", read_rules),
    ]
