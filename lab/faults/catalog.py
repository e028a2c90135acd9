"""Every fault by its name."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from types import MappingProxyType

from lab.clock.wrong_clock import DAY, HOUR
from lab.faults import clock, export, freeze, kyverno, outage, tenant
from lab.faults.deployment import (
    ADMISSION,
    BACKGROUND,
    CLEANUP,
    MOVER,
    PLUMBER,
    VOLSYNC,
    Deployment,
    scaled,
)
from lab.node import nfs

PROGRAMS = "programs"  # of the node
EXPORT = "export"
ALL = "everything"


@dataclass(frozen=True)
class Fault:
    """What is broken, and how: it is broken inside the context and healed after it."""

    name: str
    title: str
    broken: Callable[[], AbstractContextManager[None]]
    touches: frozenset[str]  # two faults that touch the same cannot be had at once

    def goes_with(self, other: "Fault") -> bool:
        """Whether both can be broken and healed without each other's knowledge."""
        alone = ALL in self.touches | other.touches
        return not (alone or self.touches & other.touches)


def _gone(name: str, title: str, deployment: Deployment) -> Fault:
    return Fault(name, title, partial(scaled, deployment, 0), frozenset({deployment.name}))


def _killed(name: str, title: str, *programs: str, touches: Iterable[str] = ()) -> Fault:
    # Healing one starts all programs that do not run.
    return Fault(name, title, partial(outage.killed, *programs), frozenset({PROGRAMS, *touches}))


def _skewed(name: str, title: str, skew: timedelta) -> Fault:
    # Its programs are ready by the wrong clock, and for that pvc-plumber reads the repository.
    touched = frozenset({PLUMBER.name, MOVER.name, EXPORT})
    return Fault(name, title, partial(clock.skewed, skew), touched)


def _damaged(name: str, title: str, broken: Callable[[], AbstractContextManager[None]]) -> Fault:
    return Fault(name, title, broken, frozenset({EXPORT}))


_ALL = (
    Fault(
        "plumber-one",
        "pvc-plumber: one of two replicas hangs",
        freeze.one_replica_hangs,
        frozenset({PLUMBER.name, EXPORT}),  # the second replica must become ready
    ),
    _gone("plumber-all", "pvc-plumber: no replica", PLUMBER),
    _gone("kyverno-admission", "Kyverno's admission controller", ADMISSION),
    Fault(
        "kyverno-killed",
        "Kyverno's admission controller: killed",
        kyverno.killed,
        frozenset({ADMISSION.name}),
    ),
    Fault(
        "kyverno-rolled",
        "Kyverno's admission controller: replaced",
        kyverno.rolled,
        frozenset({ADMISSION.name}),
    ),
    Fault(
        "foreign-policies",
        "Kyverno: 200 policies of strangers",
        partial(kyverno.foreign_policies, 100),
        frozenset({ADMISSION.name}),
    ),
    _gone("kyverno-background", "Kyverno's background controller", BACKGROUND),
    _gone("kyverno-cleanup", "Kyverno's cleanup controller", CLEANUP),
    Fault(
        "api-server",
        "API server: killed, started again",
        partial(outage.restarted, "kube-apiserver"),
        frozenset({ALL}),
    ),
    _killed("external-secrets", "External Secrets", "external-secrets"),
    _killed("connect", "1Password Connect", "onepassword-connect"),
    Fault(
        "tenant",
        "nothing: a tenant with the role `edit` attacks",
        tenant.at_work,
        frozenset({tenant.USER}),
    ),
    _gone("volsync", "VolSync", VOLSYNC),
    _gone("mover", "the mover's controller", MOVER),
    _killed("snapshot-controller", "snapshot-controller", "snapshot-controller"),
    # Its sidecars end by themselves some seconds after it, maybe when it is back already.
    _killed("csi-driver", "CSI driver", "csi-driver", "csi-provisioner", "csi-snapshotter"),
    _killed("nfs-gone", "NFS server: gone", nfs.NAME, touches=[EXPORT]),
    _skewed("clock-ahead", "the node's clock: 40 days ahead", 40 * DAY),
    _skewed("clock-behind", "the node's clock: 2 hours behind", -2 * HOUR),
    _damaged("repository-emptied", "repository: emptied", export.emptied),
    _damaged("repository-swapped", "repository: swapped for an empty one", export.swapped),
    _damaged("repository-read-only", "repository: read-only", export.read_only),
    _damaged("repository-full", "repository: full", export.full),
)
FAULTS: Mapping[str, Fault] = MappingProxyType({fault.name: fault for fault in _ALL})
