"""Metrics under VolSync's own names, and a few of the mover's own."""

import math

from prometheus_client import CollectorRegistry, Counter, Gauge, Summary

from contract import metrics as names
from contract.labels import SOURCE
from contract.volsync import StatusKey
from mover.drill.status import DrillStatus
from mover.maintenance_status import MaintenanceStatus
from mover.model import Replication, Write

OWN_LABELS = ("obj_name", "obj_namespace", "role")


class Metrics:
    """The series of one controller; those of a deleted object go with it."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        labels = names.VOLSYNC_LABELS
        # The client library adds `_total` to a counter's name.
        self._missed = Counter(
            _counter(names.MISSED_INTERVALS),
            "Synchronizations that ended after the next one should have begun",
            labels,
            registry=self.registry,
        )
        self._late = Gauge(
            names.OUT_OF_SYNC,
            "1 where a volume is not synchronized as its trigger demands",
            labels,
            registry=self.registry,
        )
        self._seconds = Summary(
            names.SYNC_SECONDS, "Seconds of a synchronization", labels, registry=self.registry
        )
        self._failures = Counter(
            _counter(names.MOVER_JOB_FAILURES),
            "Failed attempts",
            OWN_LABELS,
            registry=self.registry,
        )
        self._retries = self._gauge(names.MOVER_RETRIES, "Failed attempts of what still runs")
        self._bytes = self._gauge(names.SNAPSHOT_BYTES, "Size of the newest snapshot's content")
        self._files = self._gauge(names.SNAPSHOT_FILES, "Files of the newest snapshot")
        self._unreadable = self._gauge(
            names.UNREADABLE_FILES, "Files and folders that the newest backup could not read"
        )
        self._held = self._gauge(names.RETENTION_HELD, "1 where nothing expires, as data was lost")
        self.running = self._gauge(names.MOVER_JOBS_RUNNING, "Movers at work", "role")
        self.queue = self._gauge(names.MOVER_QUEUE, "Objects that wait for a mover", "role")
        self.repository_failing = Gauge(
            names.REPOSITORY_FAILING,
            "1 where the repository fails everybody and one mover at a time tries it",
            registry=self.registry,
        )
        self._maintained = Gauge(
            names.MAINTENANCE_SUCCESS,
            "When the repository was last maintained; NaN where it never was",
            registry=self.registry,
        )
        self._maintained.set(math.nan)
        self._maintenance_failed = Gauge(
            names.MAINTENANCE_FAILED,
            "1 where the last maintenance of the repository failed",
            registry=self.registry,
        )
        self._shared = Gauge(
            names.REPOSITORY_SHARED,
            "1 where another cluster has taken maintenance from this one",
            registry=self.registry,
        )

        of_pvc = names.PROOF_LABELS
        self._proven = self._gauge(
            names.RESTORE_PROOF_TIME, "When a drill last restored it; NaN: never", *of_pvc
        )
        self._unproven = self._gauge(
            names.RESTORE_PROOF_FAILED, "1 where the last drill could not restore it", *of_pvc
        )
        self._old = self._gauge(
            names.RESTORE_PROOF_OLD, "1 where no drill has restored it for too long", *of_pvc
        )
        self._drilled: set[tuple[str, str]] = set()
        self._drill_failed = Gauge(
            names.DRILL_FAILED, "1 where the last drill proved nothing", registry=self.registry
        )
        self._drill_late = Gauge(
            names.DRILL_LATE, "1 where no drill has ended for too long", registry=self.registry
        )

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(name, text, labels or OWN_LABELS, registry=self.registry)

    def shown(self, owner: Replication) -> None:
        """Shows the figures in the object's status."""
        external, own = owner.status.external, _own(owner)
        self._retries.labels(*own).set(owner.status.attempts)
        numbers = {StatusKey.BYTES: self._bytes, StatusKey.FILES: self._files}
        if owner.role == SOURCE:
            numbers[StatusKey.ERRORS] = self._unreadable
            self._held.labels(*own).set(bool(owner.status.held_by))
        for key, gauge in numbers.items():
            if external.get(key, "").isdecimal():
                gauge.labels(*own).set(int(external[key]))

    def late(self, owner: Replication, is_late: bool) -> None:
        """Shows whether the object is behind its schedule."""
        self._late.labels(*_volsync(owner)).set(is_late)
        self._missed.labels(*_volsync(owner))
        self._failures.labels(*_own(owner))

    def written(self, owner: Replication, step: Write) -> None:
        """Counts a status change that ends an attempt."""
        if step.failed:
            self._failures.labels(*_own(owner)).inc()
        if step.took is not None:
            self._seconds.labels(*_volsync(owner)).observe(step.took)
        if step.missed:
            self._missed.labels(*_volsync(owner)).inc()

    def maintained(self, maintenance: MaintenanceStatus) -> None:
        """Shows the state of maintenance."""
        self._maintained.set(maintenance.success.timestamp() if maintenance.success else math.nan)
        self._maintenance_failed.set(maintenance.failed)
        self._shared.set(maintenance.is_shared)

    def drilled(self, drills: DrillStatus) -> None:
        """Shows the state of restore drills; the series of a PVC without a record go."""
        proofs = {(claim.namespace, claim.name): proof for claim, proof in drills.proofs.items()}
        for gone in self._drilled - set(proofs):
            for series in (self._proven, self._unproven, self._old):
                _drop(series, gone)
        for labels, proof in proofs.items():
            self._proven.labels(*labels).set(proof.proven.timestamp() if proof.proven else math.nan)
            self._unproven.labels(*labels).set(proof.has_failed)
            self._old.labels(*labels).set(proof.is_old)
        self._drilled = set(proofs)
        self._drill_failed.set(drills.has_failed)
        self._drill_late.set(drills.is_late)

    def forget(self, namespace: str, name: str, role: str) -> None:
        """Drops the series of an object that is gone."""
        own = (name, namespace, role)
        for series in (self._missed, self._late, self._seconds):
            _drop(series, (*own, names.METHOD))
        figures = (self._retries, self._bytes, self._files, self._unreadable, self._held)
        for series in (self._failures, *figures):
            _drop(series, own)


def _drop(series: Counter | Gauge | Summary, labels: tuple[str, ...]) -> None:
    try:
        series.remove(*labels)
    except KeyError:
        return


def _counter(name: str) -> str:
    return name.removesuffix("_total")


def _volsync(owner: Replication) -> tuple[str, ...]:
    return (owner.name, owner.namespace, owner.role, names.METHOD)


def _own(owner: Replication) -> tuple[str, ...]:
    return (owner.name, owner.namespace, owner.role)
