"""Names of a claim's objects, and its identity in the repository."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

LABEL_LIMIT = 63
NAME_LIMIT = 253
HASH_LENGTH = 20  # hex digits: 80 bits, so that a chance collision is out of reach

# A PVC with a longer name cannot be restored: VolSync's populator writes it into a label value.
PVC_NAME_LIMIT = LABEL_LIMIT

# What the origin's mover did to user names: it dropped dots and cut at 50 characters.
LEGACY_USER_LIMIT = 50

DATA_PATH = "/data"
_USER_SUFFIX = "-backup"

# What the names of a PVC's objects add to its own.
SOURCE_SUFFIX = "-backup"
DESTINATION_SUFFIX = "-restore"
SECRET_PREFIX = "volsync-"  # noqa: S105 - of a name, not a password

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_CUT_NAME = re.compile(r"[a-z0-9][-.a-z0-9]*")


def is_dns_label(text: str) -> bool:
    """A DNS label as Kubernetes checks namespaces (RFC 1123, at most 63 characters)."""
    return len(text) <= LABEL_LIMIT and _LABEL.fullmatch(text) is not None


def is_dns_subdomain(text: str) -> bool:
    """A DNS subdomain as Kubernetes checks PVC names (RFC 1123, at most 253 characters)."""
    parts = text.split(".")
    return len(text) <= NAME_LIMIT and all(_LABEL.fullmatch(part) for part in parts)


def require_namespaces(names: Mapping[str, str]) -> None:
    """Raises ValueError that says where, by its key, a namespace's name is none."""
    for where, name in names.items():
        if not is_dns_label(name):
            raise ValueError(f"{where} must be a namespace name")


@dataclass(frozen=True, order=True)
class Claim:
    """A PVC by namespace and name. Raises ValueError for names that Kubernetes would refuse."""

    namespace: str
    name: str

    def __post_init__(self) -> None:
        if not is_dns_label(self.namespace):
            raise ValueError("namespace is not a DNS label of at most 63 characters")
        if not is_dns_subdomain(self.name):
            raise ValueError("PVC name is not a DNS subdomain of at most 253 characters")

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, order=True)
class Identity:
    """A source in the Kopia repository: user@host:path."""

    user: str
    host: str
    path: str = DATA_PATH

    def __str__(self) -> str:
        return f"{self.user}@{self.host}:{self.path}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:HASH_LENGTH]


def is_restorable(claim: Claim) -> bool:
    """Whether VolSync's populator can fill this PVC at all."""
    return len(claim.name) <= PVC_NAME_LIMIT


def label_value(claim: Claim) -> str:
    """The PVC's name as a label value. A cut one holds "_", which no PVC name can."""
    if len(claim.name) <= LABEL_LIMIT:
        return claim.name
    kept = LABEL_LIMIT - HASH_LENGTH - 1
    return f"{claim.name[:kept]}_{_hash(claim.name)}"


def _with_suffix(name: str, suffix: str) -> str:
    # Hex digits never spell a suffix, so a cut name is never another PVC's full one.
    if len(name) + len(suffix) <= NAME_LIMIT:
        return name + suffix
    kept = name[: NAME_LIMIT - HASH_LENGTH - 1].rstrip("-.")
    return f"{kept}-{_hash(name)}"


def source_name(claim: Claim) -> str:
    """The ReplicationSource of a claim."""
    return _with_suffix(claim.name, SOURCE_SUFFIX)


def destination_name(claim: Claim) -> str:
    """The ReplicationDestination of a claim."""
    return _with_suffix(claim.name, DESTINATION_SUFFIX)


def secret_name(claim: Claim) -> str:
    """The ExternalSecret of a claim, and the Secret that it fills."""
    if len(claim.name) + len(SECRET_PREFIX) <= NAME_LIMIT:
        return SECRET_PREFIX + claim.name
    # "volsync." instead of "volsync-" keeps it apart from every full name.
    before = SECRET_PREFIX.replace("-", ".")
    kept = claim.name[: NAME_LIMIT - HASH_LENGTH - len(before) - 1].rstrip("-.")
    return f"{before}{kept}-{_hash(claim.name)}"


def identity(claim: Claim) -> Identity:
    """The identity of a claim's snapshots. Kopia sets no limit to a user name: nothing is cut."""
    return Identity(user=claim.name + _USER_SUFFIX, host=claim.namespace)


def claim_of(source: Identity) -> Claim | None:
    """The claim of an identity, the inverse of `identity`; None where it is no claim's."""
    if source.path != DATA_PATH or not source.user.endswith(_USER_SUFFIX):
        return None
    try:
        return Claim(source.host, source.user.removesuffix(_USER_SUFFIX))
    except ValueError:
        return None


def is_askable(source: Identity) -> bool:
    """Whether a PVC can ask for it: it is a claim's, or one that the origin's mover had to cut.

    A cut one has lost its end, and at most the hyphen or dot before that.
    """
    if claim_of(source) is not None:
        return True
    is_cut = len(source.user) in (LEGACY_USER_LIMIT - 1, LEGACY_USER_LIMIT)
    is_name = _CUT_NAME.fullmatch(source.user) is not None
    return source.path == DATA_PATH and is_dns_label(source.host) and is_cut and is_name


def shortened_users(user: str) -> frozenset[str]:
    """The user names that the origin's mover may have derived from one, itself included."""
    dotless = user.replace(".", "")
    users = {user, dotless, user[:LEGACY_USER_LIMIT], dotless[:LEGACY_USER_LIMIT]}
    return frozenset(users | {one.strip("-.") for one in users} - {""})


def legacy_identities(claim: Claim) -> frozenset[Identity]:
    """Identities under which the origin's mover may have written, other than the exact one.

    Each can stand for several PVCs, so a snapshot found only there is ambiguous.
    """
    exact = identity(claim)
    users = shortened_users(exact.user)
    return frozenset(Identity(user=user, host=exact.host) for user in users) - {exact}
