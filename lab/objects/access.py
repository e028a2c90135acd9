"""Small builders for accounts and their rights."""

from collections.abc import Iterable, Sequence

RBAC = "rbac.authorization.k8s.io"
READ = ("get", "list", "watch")
WRITE = (*READ, "create", "update", "patch", "delete")
Rule = dict[str, list[str]]


def rule(group: str, resources: Sequence[str], verbs: Sequence[str]) -> Rule:
    """One line of rights."""
    return {"apiGroups": [group], "resources": list(resources), "verbs": list(verbs)}


def account(namespace: str, name: str, rules: Iterable[Rule]) -> list[dict]:
    """A service account with cluster-wide rights of its own."""
    subject = {"kind": "ServiceAccount", "namespace": namespace, "name": name}
    role = f"lab:{name}"
    return [
        {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"namespace": namespace, "name": name},
        },
        {
            "apiVersion": f"{RBAC}/v1",
            "kind": "ClusterRole",
            "metadata": {"name": role},
            "rules": list(rules),
        },
        {
            "apiVersion": f"{RBAC}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": role},
            "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": role},
            "subjects": [subject],
        },
    ]


def namespace(name: str) -> dict:
    """A namespace."""
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
