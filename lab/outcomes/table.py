"""What happens to PVCs while a part is broken: the table of docs/safety.md, checked on the lab."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Probe(StrEnum):
    """What is tried or in progress while a part is broken."""

    PLAIN = "unlabelled PVC"
    NEW = "labelled PVC, no backup yet"
    KEPT = "labelled PVC with backups"
    BACKUP = "running backup"
    RESTORE = "running restore"


class Outcome(StrEnum):
    """The possible outcomes of a probe."""

    BOUND = "created, Bound"
    PENDING = "created, Pending"
    DENIED = "denied"
    RETRIED = "created, at the latest when tried again"
    FINISHES = "finishes"
    WAITS = "waits"
    REPEATED = "fails, is repeated"


BOUND, PENDING, DENIED, RETRIED, FINISHES, WAITS, REPEATED = Outcome
CREATIONS = (Probe.PLAIN, Probe.NEW, Probe.KEPT)
# What shows while the part is still broken; the others are that something does not happen.
SHOWS = frozenset({BOUND, RETRIED, FINISHES, REPEATED})


@dataclass(frozen=True)
class Row:
    """What is expected while one part is broken, in the order of the probes; how that ends."""

    plain: Outcome
    new: Outcome
    kept: Outcome
    backup: Outcome
    restore: Outcome
    heals: str

    def expected(self) -> dict[Probe, Outcome]:
        """The expected outcome of each probe."""
        cells = (self.plain, self.new, self.kept, self.backup, self.restore)
        return dict(zip(Probe, cells, strict=True))


@dataclass(frozen=True, kw_only=True)
class Creation:
    """What became of a PVC while a part was broken."""

    denials: int
    is_admitted: bool
    is_bound: bool

    def outcome(self) -> Outcome:
        """The outcome of the creation."""
        if not self.is_admitted:
            return DENIED
        if not self.is_bound:
            return PENDING
        return RETRIED if self.denials else BOUND


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """What became of a mover that was at work when a part broke."""

    is_finished: bool  # before it was healed
    failures: int  # attempts that had to be repeated, until it was done

    def outcome(self) -> Outcome:
        """The outcome of the transfer."""
        if self.failures:
            return REPEATED
        return FINISHES if self.is_finished else WAITS


def fits(expected: Outcome, actual: Outcome) -> bool:
    """Whether an actual outcome agrees with the documented one."""
    return actual is expected or (expected is RETRIED and actual is BOUND)


_PLUMBER = "the next creation passes as soon as a replica has read the repository"
_FILLED = "nothing has to: Secrets stay; a PVC beside its movers gets its own then"
_REPOSITORY = "the next attempt, within a minute; creations pass at once"
_WRITABLE = "the next attempt, as soon as the repository can be written again"

TABLE: Mapping[str, Row] = MappingProxyType(
    {
        "plumber-one": Row(
            *(BOUND, RETRIED, RETRIED, FINISHES, FINISHES),
            "another attempt meets the other replica; the kubelet restarts the one that hangs",
        ),
        "plumber-all": Row(BOUND, DENIED, DENIED, FINISHES, FINISHES, _PLUMBER),
        "kyverno-admission": Row(
            *(BOUND, DENIED, DENIED, FINISHES, WAITS),
            "the next creation passes; the populator tries its volume again",
        ),
        "kyverno-killed": Row(
            *(BOUND, RETRIED, RETRIED, FINISHES, FINISHES),
            "creations pass as soon as it judges by all policies again",
        ),
        "kyverno-rolled": Row(
            *(BOUND, RETRIED, RETRIED, FINISHES, FINISHES),
            "the same",
        ),
        "foreign-policies": Row(
            *(BOUND, BOUND, BOUND, FINISHES, FINISHES),
            "nothing has to: they cost time only",
        ),
        "kyverno-background": Row(
            *(BOUND, BOUND, PENDING, FINISHES, FINISHES),
            "its first scan makes the objects that are missing",
        ),
        "kyverno-cleanup": Row(
            *(BOUND, BOUND, BOUND, FINISHES, FINISHES),
            "objects of PVCs that lost their label go at its next run",
        ),
        "api-server": Row(
            *(RETRIED, RETRIED, RETRIED, FINISHES, FINISHES),
            "all parts find it again; movers at work do not need it",
        ),
        "external-secrets": Row(BOUND, BOUND, BOUND, FINISHES, FINISHES, _FILLED),
        "connect": Row(BOUND, BOUND, BOUND, FINISHES, FINISHES, _FILLED),
        "tenant": Row(
            *(BOUND, BOUND, BOUND, FINISHES, FINISHES),
            "nothing has to: all that it tries is refused",
        ),
        "volsync": Row(
            *(BOUND, BOUND, PENDING, FINISHES, WAITS),
            "its populator goes on with what the mover has restored",
        ),
        "mover": Row(
            *(BOUND, BOUND, PENDING, WAITS, WAITS),
            "it takes the results of Jobs that ended meanwhile, and starts what waits",
        ),
        "snapshot-controller": Row(
            *(BOUND, BOUND, PENDING, FINISHES, WAITS),
            "snapshots that were asked for meanwhile are taken",
        ),
        "csi-driver": Row(
            *(PENDING, PENDING, PENDING, FINISHES, WAITS),
            "volumes and snapshots that were asked for meanwhile are made",
        ),
        "nfs-gone": Row(
            *(BOUND, DENIED, PENDING, WAITS, WAITS),
            "movers hang and go on where they were; creations pass",
        ),
        "clock-ahead": Row(
            *(BOUND, BOUND, BOUND, FINISHES, FINISHES),
            "backups that began meanwhile fail with words, and are repeated",
        ),
        "clock-behind": Row(
            *(BOUND, BOUND, BOUND, FINISHES, FINISHES),
            "the same",
        ),
        "repository-emptied": Row(BOUND, DENIED, PENDING, REPEATED, REPEATED, _REPOSITORY),
        "repository-swapped": Row(BOUND, DENIED, PENDING, REPEATED, REPEATED, _REPOSITORY),
        "repository-read-only": Row(BOUND, BOUND, BOUND, REPEATED, FINISHES, _WRITABLE),
        "repository-full": Row(BOUND, BOUND, BOUND, REPEATED, FINISHES, _WRITABLE),
    }
)
