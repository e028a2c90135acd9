"""Rules about a PVC's backup label: what is wrong with it, and how to correct it."""

from collections.abc import Iterator
from typing import Any

from claims import FoundClaim
from fields import UNKNOWN, field

from contract.labels import BACKUP, CNPG_CLUSTER, NO_BACKUP, REASON
from contract.names import PVC_NAME_LIMIT
from contract.schedule import TIERS, is_tier

AUTONAMED = "pulumi.com/autonamed"  # set by the Kubernetes provider on a name of its own making

CHOICE = " or ".join(TIERS)
HOW = f"Set metadata.labels.{BACKUP} to {CHOICE}, or to {NO_BACKUP} with annotation {REASON}: <why>"


def label_problems(claim: FoundClaim) -> Iterator[str]:
    """Requires a valid tier, or `none` with a reason. A value not known yet is a problem."""
    if _belongs_to_database(claim):
        return
    value = field(claim.metadata, "labels", BACKUP)
    if claim.is_ephemeral:
        yield from _ephemeral_problems(claim, value)
    elif value is UNKNOWN:
        yield (
            f"{claim.label}: its label {BACKUP} is not known at preview, so it cannot be checked. "
            f"Write the label as plain text, not as another resource's output."
        )
    elif value is None:
        if not claim.is_partial:
            yield f"{claim.label}: has no label {BACKUP}. {HOW}."
    elif value == NO_BACKUP:
        yield from _reason_problems(claim)
    elif is_tier(value):
        yield from _name_problems(claim)
    else:
        yield f"{claim.label}: label {BACKUP} has a value that means nothing. {HOW}."


def excluded_problems(claim: FoundClaim, namespace: str) -> Iterator[str]:
    """Refuses a tier in an excluded namespace: no backup would be made or looked for there."""
    if is_tier(field(claim.metadata, "labels", BACKUP)):
        yield (
            f"{claim.label}: label {BACKUP} does nothing in namespace {namespace}, which is "
            f"excluded from backup. Remove the label, or deploy it to another namespace."
        )


def has_tier(claim: FoundClaim) -> bool:
    """Whether the PVC will be backed up, as far as that is known at preview."""
    return is_tier(field(claim.metadata, "labels", BACKUP)) and not _belongs_to_database(claim)


def _ephemeral_problems(claim: FoundClaim, value: Any) -> Iterator[str]:
    # It is deleted with its pod, so it needs no label.
    if value is UNKNOWN or value not in (None, NO_BACKUP):
        yield (
            f"{claim.label}: is deleted with its pod, so no backup would ever be restored into it. "
            f"Remove label {BACKUP}, or use a PVC of its own."
        )


def _reason_problems(claim: FoundClaim) -> Iterator[str]:
    reason = field(claim.metadata, "annotations", REASON)
    if reason is UNKNOWN:
        yield (
            f"{claim.label}: its annotation {REASON} is not known at preview. "
            f"Write the reason as plain text, not as another resource's output."
        )
    elif not _is_text(reason):
        yield (
            f"{claim.label}: label {BACKUP} is {NO_BACKUP} without a reason. "
            f"Add annotation {REASON}: <why it needs no backup>."
        )


def _name_problems(claim: FoundClaim) -> Iterator[str]:
    name = field(claim.metadata, "name")
    if isinstance(name, str) and len(name) > PVC_NAME_LIMIT:
        yield (
            f"{claim.label}: its name has {len(name)} characters; no PVC with more than "
            f"{PVC_NAME_LIMIT} can be restored. Shorten metadata.name."
        )
    # Backups are found by name: the next deployment's random name would find none and start empty.
    if field(claim.metadata, "annotations", AUTONAMED) == "true":
        yield f"{claim.label}: has a random name. Set metadata.name, by which backups are found."


def database_problems(claim: FoundClaim) -> Iterator[str]:
    """Refuses the label on a CloudNativePG volume: a copy of its files would be no backup."""
    if _belongs_to_database(claim) and field(claim.metadata, "labels", BACKUP) is not None:
        yield (
            f"{claim.label}: belongs to a CloudNativePG cluster ({CNPG_CLUSTER}), whose files "
            f"cannot be copied while it runs. Remove label {BACKUP}; back it up with Barman."
        )


def inherited_problems(label: str, labels: Any) -> Iterator[str]:
    """Refuses a CloudNativePG cluster that would pass the label on to its volumes."""
    if labels is UNKNOWN or field(labels, BACKUP) is not None:
        yield (
            f"{label}: spec.inheritedMetadata.labels gives its volumes the label {BACKUP}, or is "
            f"not known at preview. Remove the label; back the database up with Barman."
        )


def _belongs_to_database(claim: FoundClaim) -> bool:
    return field(claim.metadata, "labels", CNPG_CLUSTER) not in (None, UNKNOWN)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())
