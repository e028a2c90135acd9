"""Names and marks of the mover's temporary objects, so that a later run finds them again."""

import hashlib
from datetime import UTC, datetime

from contract.labels import DESTINATION, GROUP, SOURCE
from contract.names import HASH_LENGTH, LABEL_LIMIT, NAME_LIMIT
from kube.resource import ObjectKey

# Annotations on temporaries: which synchronisation they belong to, and what a restore gave.
SYNC = f"{GROUP}/sync"
RESULT = f"{GROUP}/result"
# On temporaries in another namespace than their owner's, where no owner reference can be: a label
# with a digest of the owner's place, and annotations with the place and the uid.
OWNER = f"{GROUP}/owner"
OWNER_UID = f"{GROUP}/owner-uid"
PLACE_PARTS = 3
TOUCHED = f"{GROUP}/touched"  # when one that was being deleted was changed, so that it goes

_SHORT = {SOURCE: "src", DESTINATION: "dst"}


def limited(prefix: str, name: str, suffix: str = "", limit: int = NAME_LIMIT) -> str:
    """`prefix-name-suffix`. A cut one begins with `prefix.`, which no full one does."""
    full = "-".join(part for part in (prefix, name, suffix) if part)
    if len(full) <= limit:
        return full
    digest = hashlib.sha256(full.encode()).hexdigest()[:HASH_LENGTH]
    tail = f"-{digest}-{suffix}" if suffix else f"-{digest}"
    kept = name[: limit - len(prefix) - 1 - len(tail)].rstrip("-.")
    return f"{prefix}.{kept}{tail}"


def place_of(owner: ObjectKey) -> str:
    """An owner's kind, namespace and name in one text."""
    return f"{owner.kind}/{owner.namespace}/{owner.name}"


def owner_at(place: str) -> ObjectKey | None:
    """The owner whose place it is; None where it is no place."""
    parts = place.split("/")
    return ObjectKey(*parts) if len(parts) == PLACE_PARTS and all(parts) else None


def owned_by(owner: ObjectKey) -> str:
    """The label selector of an owner's temporaries in other namespaces than its own."""
    return f"{OWNER}={digest(owner)}"


def digest(owner: ObjectKey) -> str:
    """An owner's place as the value of a label."""
    return hashlib.sha256(place_of(owner).encode()).hexdigest()[:LABEL_LIMIT]


def job(role: str, owner: str) -> str:
    """The mover's Job; its name becomes a label value on the pod."""
    return limited(f"volsync-{_SHORT[role]}", owner, limit=LABEL_LIMIT)


def source_copy(owner: str) -> str:
    """The VolumeSnapshot of a source, and the PVC made from it."""
    return limited("volsync", owner, "src")


def destination_volume(owner: str) -> str:
    """The PVC that a restore fills."""
    return limited("volsync", owner, "dest")


def image(owner: str, sync: str) -> str:
    """The VolumeSnapshot of a finished restore. An earlier attempt's may not be gone yet."""
    return limited("volsync", owner, f"dest-{sync}")


def sync_id(started: datetime | None, attempts: int) -> str:
    """One attempt of one synchronisation; "" while none runs."""
    return f"{started.astimezone(UTC):%Y%m%d%H%M%S}-{attempts}" if started else ""


def is_retry(sync: str) -> bool:
    """Whether an attempt comes after one that has failed."""
    return bool(sync) and not sync.endswith("-0")
