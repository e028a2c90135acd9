"""Recognises objects of the VolSync fork (perfectra1n/volsync v0.17.11). Pure."""

from collections.abc import Iterable

from adopt.cluster import Raw
from adopt.layout import Declared
from contract.names import DATA_PATH, Claim, Identity, shortened_users
from contract.volsync import MOVERLESS, PROVIDER

SECTION = "kopia"
# Upstream has neither this argument nor this variable; the variable is from another fork version.
SIGNS = ("perfectra1n/volsync", "--kopia-container-image", "RELATED_IMAGE_KOPIA_CONTAINER")


def declared(sources: Iterable[Raw]) -> Declared:
    """The identities that the fork's ReplicationSources write, with the PVCs they back up."""
    identities: dict[Identity, set[Claim]] = {}
    for raw in sources:
        spec, meta = raw.get("spec") or {}, raw["metadata"]
        kopia, pvc = spec.get(SECTION), spec.get("sourcePVC")
        if kopia is None or not pvc:
            continue
        explicit = kopia.get("username")
        users = {explicit} if explicit else shortened_users(meta["name"])
        host = kopia.get("hostname") or meta["namespace"]
        path = kopia.get("sourcePathOverride") or DATA_PATH
        for user in users:
            claims = identities.setdefault(Identity(user, host, path), set())
            claims.add(Claim(meta["namespace"], pvc))
    return {source: frozenset(claims) for source, claims in identities.items()}


def is_foreign(raw: Raw, our_name: str) -> bool:
    """Whether a ReplicationSource or -Destination is the fork's, or has the name `ours`."""
    spec = raw.get("spec") or {}
    if (spec.get("external") or {}).get("provider") == PROVIDER:
        return False
    # Upstream's CRDs drop the section, which leaves an object without any mover.
    return SECTION in spec or spec.keys() <= MOVERLESS or raw["metadata"]["name"] == our_name
