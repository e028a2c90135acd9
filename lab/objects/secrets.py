"""The External Secrets operator's account, with the rights that its own chart gives it."""

from lab.objects.access import READ, account, namespace, rule

NAMESPACE = "lab-secrets"  # the other name is that of the namespace which the stack can make
NAME = "external-secrets"
GROUP = "external-secrets.io"
GENERATORS = "generators.external-secrets.io"
KINDS = (
    "secretstores",
    "clustersecretstores",
    "externalsecrets",
    "clusterexternalsecrets",
    "pushsecrets",
    "clusterpushsecrets",
)


def objects() -> list[dict]:
    """Namespace, account and rights."""
    change = ("get", "update", "patch")
    with_status = [
        name for kind in KINDS for name in (kind, f"{kind}/status", f"{kind}/finalizers")
    ]
    rules = [
        rule(GROUP, KINDS, READ),
        rule(GROUP, with_status, change),
        rule(GROUP, ["externalsecrets", "pushsecrets"], ["create", "update", "delete"]),
        rule(GENERATORS, ["generatorstates"], [*READ, "create", "update", "patch", "delete"]),
        rule(GENERATORS, ["*"], READ),
        rule("", ["serviceaccounts", "namespaces", "configmaps"], READ),
        rule("", ["secrets"], [*READ, "create", "update", "delete", "patch"]),
        rule("", ["serviceaccounts/token"], ["create"]),
        rule("", ["events"], ["create", "patch"]),
    ]
    return [namespace(NAMESPACE), *account(NAMESPACE, NAME, rules)]
