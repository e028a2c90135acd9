"""Rules about what happens to a labelled PVC in a program's life, and about foreign objects."""

from collections.abc import Collection, Iterator
from typing import Any

from backup_labels import has_tier
from claims import FoundClaim, Thing
from fields import UNKNOWN, field, name_of, text

from contract.external import API_GROUP, PROVIDER
from contract.names import Claim, destination_name, secret_name, source_name

SKIP_AWAIT = "pulumi.com/skipAwait"
EXTERNAL_SECRET = ("external-secrets.io", "ExternalSecret")
_SECRET_PREFIX = secret_name(Claim("n", "n")).removesuffix("n")


def class_problems(claim: FoundClaim, capable: Collection[str]) -> Iterator[str]:
    """A tier on a class that cannot take snapshots: backed up, but nothing restores it by itself.

    Where `capable` is empty, nobody has said which classes can.
    """
    if not capable or not has_tier(claim):
        return
    name = field(claim.spec, "storageClassName")
    if name in capable or (name is None and claim.is_partial):
        return
    known = ", ".join(sorted(capable))
    how = f"Set spec.storageClassName to one of {known}"
    if name is UNKNOWN:
        yield f"{claim.label}: its storage class is not known at preview. {how}, as plain text."
    elif name is None:
        yield f"{claim.label}: names no storage class, and the default is not known here. {how}."
    else:
        yield (
            f"{claim.label}: storage class {text(name)} cannot take snapshots, so nothing would "
            f"restore it by itself. {how}, or name it in the setting snapshotCapable if it can."
        )


def protect_problems(claim: FoundClaim, *, is_protected: bool) -> Iterator[str]:
    """What was written since the last backup goes with a PVC that Pulumi deletes."""
    if has_tier(claim) and not (claim.is_template or claim.is_partial or is_protected):
        yield (
            f"{claim.label}: a refactoring of the program may delete it, with all that is newer "
            f"than its last backup. Set the resource option protect=True."
        )


def await_problems(claim: FoundClaim) -> Iterator[str]:
    """Pulumi waits some minutes for a PVC; a restore may take hours."""
    if (
        has_tier(claim)
        and not claim.is_template
        and field(claim.metadata, "annotations", SKIP_AWAIT) != "true"
    ):
        yield (
            f"{claim.label}: while it is restored the update waits for it, and fails when that "
            f'takes long. Add annotation {SKIP_AWAIT}: "true".'
        )


def generated_problems(thing: Thing) -> Iterator[str]:
    """An object of ours in a program: two owners, of which the one deletes what the other needs."""
    group, kind = thing.kind
    metadata = field(thing.props, "metadata")
    name = text(field(metadata, "name"))
    is_ours = field(thing.props, "spec", "external", "provider") == PROVIDER
    if group == API_GROUP and (is_ours or name.endswith(_suffixes())):
        what = "the backup label of its PVC"
    elif thing.kind == EXTERNAL_SECRET and name.startswith(_SECRET_PREFIX):
        what = "the backup label of a PVC in its namespace"
    else:
        return
    yield (
        f"{kind} {name_of(metadata)}: is made by Kyverno of {what}, not by a program. Remove it "
        f"from the program; label the PVC."
    )


def _suffixes() -> tuple[str, ...]:
    names: Any = (source_name, destination_name)
    return tuple(made(Claim("n", "n")).removeprefix("n") for made in names)
