"""Keeps a Secret that was there before from being taken over. The API server judges by itself."""

from typing import Any

from manifests import external_secrets, kyverno, native
from manifests.cel import literal
from manifests.policies import claim

NAME = "volsync-secret-owner"
# External Secrets sets it on each Secret before it writes into it; others never come here.
MANAGED = "reconcile.external-secrets.io/managed"


def _owners(meta: str) -> str:
    """The owners that are the ExternalSecret of the Secret's own name."""
    owners = meta + ".ownerReferences"
    return (
        "(has(" + owners + ") ? " + owners + " : []).exists(owner, owner.kind == "
        + literal(external_secrets.SECRET)
        + " && owner.apiVersion.startsWith(" + literal(external_secrets.GROUP + "/") + ")"
        " && owner.name == object.metadata.name)"
    )  # fmt: skip


_MESSAGE = (
    literal("Secret ")
    + " + object.metadata.name + "
    + literal(
        " was there before: as the Secret of a PVC's backups it would be written into, and deleted"
        " with them. Move its content to a Secret of another name and delete this one"
    )
)


def objects() -> list[dict[str, Any]]:
    """The native policy and its binding, for all namespaces.

    Who asks is not looked at: External Secrets may run under any account. A Secret that it has made
    itself has its owner from the beginning.
    """
    return native.denying(
        NAME,
        title="A Secret that was there is not taken over",
        description="Denies that an ExternalSecret becomes the owner of a Secret that was there "
        "before with the name of a PVC's Secret.",
        match={
            "matchPolicy": "Equivalent",
            "objectSelector": {"matchExpressions": [{"key": MANAGED, "operator": "Exists"}]},
            "resourceRules": [kyverno.rule(["secrets"], ["UPDATE"])],
        },
        conditions={"is-a-pvcs": "object.metadata.name.startsWith(" + claim.SECRET_PREFIX + ")"},
        validations=[
            {
                "expression": "!" + _owners("object.metadata")
                + " || " + _owners("oldObject.metadata"),
                "messageExpression": _MESSAGE,
                "reason": "Forbidden",
            }
        ],
    )  # fmt: skip
