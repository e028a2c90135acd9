"""Keeps the store that opens the repository for the system. The API server judges by itself."""

from typing import Any

from contract.repository import KEY_PASSWORD, PasswordSource
from contract.scope import KYVERNO_ACCOUNT, PASSWORD_NAMESPACES
from manifests import external_secrets, kyverno, native
from manifests.cel import literal
from manifests.policies import claim

NAME = "volsync-secret-store"

_KINDS = ["externalsecrets", "clusterexternalsecrets", "pushsecrets", "clusterpushsecrets"]
_USER = "request.userInfo.username"
# Finalizers, owners and labels of what was there before us may change.
_IS_CHANGED = (
    "request.operation == 'CREATE' || (has(object.spec) ? [object.spec] : [])"
    " != (has(oldObject.spec) ? [oldObject.spec] : [])"
)
# What the kinds of a whole cluster make in namespaces is a part of them.
_SPEC = (
    "!has(object.spec) ? dyn({}) :"
    " has(object.spec.externalSecretSpec) ? dyn(object.spec.externalSecretSpec) :"
    " has(object.spec.pushSecretSpec) ? dyn(object.spec.pushSecretSpec) : dyn(object.spec)"
)


def _of_entries(key: str, path: str) -> str:
    """The stores that the entries of a list name for themselves."""
    parts = path.split(".")
    there = ["has(entry." + ".".join(parts[: count + 1]) + ")" for count in range(len(parts))]
    entries = "variables.spec." + key
    return (
        "(has(" + entries + ") ? " + entries + ".filter(entry, " + " && ".join(there) + ")"
        ".map(entry, dyn(entry." + path + ")) : [])"
    )


# `dataTo` is of later releases than the pinned one.
_STORES = " + ".join(
    [
        "(has(variables.spec.secretStoreRef) ? [dyn(variables.spec.secretStoreRef)] : [])",
        "(has(variables.spec.secretStoreRefs) ?"
        " variables.spec.secretStoreRefs.map(store, dyn(store)) : [])",
        _of_entries("data", "sourceRef.storeRef"),
        _of_entries("dataFrom", "sourceRef.storeRef"),
        _of_entries("dataTo", "storeRef"),
    ]
)
_OF_CLUSTER = (
    "variables.stores.filter(store, has(store.kind) && store.kind == "
    + literal(external_secrets.STORE)
    + ")"
)


def _generated(password: PasswordSource) -> str:
    """Whether it is what our policy generates: Kyverno works for other policies, too.

    Who writes policies for one namespace would have the store's other items read through it.
    """
    remote = "entry.remoteRef"
    property_ = (
        "has(" + remote + ".property) && " + remote + ".property == " + literal(password.field)
        if password.field
        else "!has(" + remote + ".property)"
    )
    return (
        _USER + " == " + literal(KYVERNO_ACCOUNT) + " && object.kind == "
        + literal(external_secrets.SECRET)
        + " && object.metadata.name.startsWith(" + claim.SECRET_PREFIX + ")"
        " && !has(variables.spec.dataFrom) && has(variables.spec.data)"
        " && variables.spec.data.all(entry, !has(entry.sourceRef) && entry.secretKey == "
        + literal(KEY_PASSWORD)
        + " && " + remote + ".key == " + literal(password.item) + " && " + property_ + ")"
    )  # fmt: skip


def objects(password: PasswordSource) -> list[dict[str, Any]]:
    """The native policy and its binding, for all namespaces and for the kinds without one.

    Where whoever deploys the stack makes the system's own ExternalSecrets nobody is judged.
    """
    own = literal(list(PASSWORD_NAMESPACES))
    store = " + variables.name + "
    reserved = (
        literal(external_secrets.STORE + " ")
        + store
        + literal(" opens the backup repository and is reserved for it: ")
    )
    remedy = literal(" must use another store here, or the stack sets secretStore.reserved: false")
    selects = literal("the labelSelector may select " + external_secrets.STORE + " ") + store
    named = literal(", which is reserved for the backup repository: name the store that is meant")
    return native.denying(
        NAME,
        title="The store of the repository's password is the system's",
        description="Denies an ExternalSecret or PushSecret that names the ClusterSecretStore of "
        "the repository's password, or may select it by labels, to everybody but Kyverno, which "
        "makes one for each labelled PVC. What was there before stays as it is.",
        match={
            "matchPolicy": "Equivalent",
            "resourceRules": [
                kyverno.rule(
                    _KINDS, ["CREATE", "UPDATE"], group=external_secrets.GROUP, version="*"
                )
            ],
        },
        conditions={
            "is-changed": _IS_CHANGED,
            "applications": "!has(request.namespace) || !(request.namespace in " + own + ")",
        },
        variables={
            "name": literal(password.store),
            "spec": _SPEC,
            "stores": _STORES,
            "clusterStores": _OF_CLUSTER,
            "isOurs": _generated(password),
        },
        validations=[
            {
                "expression": "variables.isOurs || !variables.clusterStores.exists(store,"
                " has(store.name) && store.name == variables.name)",
                "messageExpression": reserved + " + " + _USER + " + " + remedy,
                "reason": "Forbidden",
            },
            {
                "expression": "!variables.clusterStores.exists(store, has(store.labelSelector))",
                "messageExpression": selects + named,
                "reason": "Forbidden",
            },
        ],
    )
