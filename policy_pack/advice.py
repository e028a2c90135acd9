"""Rules about what happens to a labelled PVC in a program's life, and about foreign objects."""

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from backup_labels import has_tier
from claims import FoundClaim, Thing
from fields import UNKNOWN, field, items, name_of, text

from contract.names import DESTINATION_SUFFIX, SECRET_PREFIX, SOURCE_SUFFIX
from contract.repository import KEY_PASSWORD
from contract.volsync import API_GROUP, MOVERLESS, PROVIDER

SKIP_AWAIT = "pulumi.com/skipAwait"
EXTERNAL_SECRET = ("external-secrets.io", "ExternalSecret")


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
    """An object of ours in a program: two owners, of which the one deletes what the other needs.

    A name alone does not make it ours: somebody may run VolSync with a mover of his own.
    """
    metadata, spec = field(thing.props, "metadata"), field(thing.props, "spec")
    name = text(field(metadata, "name"))
    if thing.kind[0] == API_GROUP and _is_moved_by_us(name, spec):
        what = "the backup label of its PVC"
    elif thing.kind == EXTERNAL_SECRET and name.startswith(SECRET_PREFIX) and _has_our_keys(spec):
        what = "the backup label of a PVC in its namespace"
    else:
        return
    yield (
        f"{thing.kind[1]} {name_of(metadata)}: is made by Kyverno of {what}, not by a program. "
        f"Remove it from the program; label the PVC."
    )


def setting_problem(key: str, known: Collection[str]) -> str:
    """What is said of a setting that no policy has."""
    near = get_close_matches(key, known, 1)
    meant = f"{near[0]} is meant?" if near else f"It has {', '.join(sorted(known)) or 'none'}."
    return f"The pack's configuration: {key} is no setting of this policy. {meant}"


def _is_moved_by_us(name: str, spec: Any) -> bool:
    if field(spec, "external", "provider") == PROVIDER:
        return True
    movers = set(spec) - MOVERLESS if isinstance(spec, Mapping) else ()
    return name.endswith((SOURCE_SUFFIX, DESTINATION_SUFFIX)) and not movers


def _has_our_keys(spec: Any) -> bool:
    fetched = {field(one, "secretKey") for one in items(spec, "data")}
    return spec is UNKNOWN or KEY_PASSWORD in fetched
