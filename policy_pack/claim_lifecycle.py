"""Rules about a labelled PVC over its life: it can be restored, is kept, and is not waited for."""

from collections.abc import Collection, Iterator

from backup_labels import has_tier
from claims import FoundClaim
from fields import UNKNOWN, field, text

SKIP_AWAIT = "pulumi.com/skipAwait"


def class_problems(claim: FoundClaim, capable: Collection[str]) -> Iterator[str]:
    """Refuses a tier on a storage class without snapshots: the PVC would not be restored by itself.

    Where `capable` is empty, it is not known which classes can take snapshots.
    """
    if not capable or not has_tier(claim):
        return
    name = field(claim.spec, "storageClassName")
    if name in capable or (name is None and claim.is_partial):
        return
    classes = ", ".join(sorted(capable))
    remedy = f"Set spec.storageClassName to one of {classes}"
    if name is UNKNOWN:
        yield f"{claim.label}: its storage class is not known at preview. {remedy}, as plain text."
    elif name is None:
        yield f"{claim.label}: names no storage class, and the default is not known here. {remedy}."
    else:
        yield (
            f"{claim.label}: storage class {text(name)} cannot take snapshots, so nothing would "
            f"restore it by itself. {remedy}, or name it in the setting snapshotCapable if it can."
        )


def protect_problems(claim: FoundClaim, *, is_protected: bool) -> Iterator[str]:
    """Asks for protect=True: data newer than the last backup is lost if Pulumi deletes the PVC."""
    if has_tier(claim) and not (claim.is_template or claim.is_partial or is_protected):
        yield (
            f"{claim.label}: a refactoring of the program may delete it, with all that is newer "
            f"than its last backup. Set the resource option protect=True."
        )


def await_problems(claim: FoundClaim) -> Iterator[str]:
    """Asks for skipAwait: Pulumi waits some minutes for a PVC, but a restore may take hours."""
    if (
        has_tier(claim)
        and not claim.is_template
        and field(claim.metadata, "annotations", SKIP_AWAIT) != "true"
    ):
        yield (
            f"{claim.label}: while it is restored the update waits for it, and fails when that "
            f'takes long. Add annotation {SKIP_AWAIT}: "true".'
        )
