"""Metrics under VolSync's own names, and a few of the mover's own."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Summary

from contract import metrics as names
from mover.model import Owner, Write

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
        self.running = Gauge(
            names.MOVER_JOBS_RUNNING, "Movers at work", ("role",), registry=self.registry
        )

    def late(self, owner: Owner, is_late: bool) -> None:
        """Whether the object is behind."""
        self._late.labels(*_volsync(owner)).set(is_late)
        self._missed.labels(*_volsync(owner))
        self._failures.labels(*_own(owner))

    def written(self, owner: Owner, step: Write) -> None:
        """A status change that ends an attempt."""
        if step.failed:
            self._failures.labels(*_own(owner)).inc()
        if step.took is not None:
            self._seconds.labels(*_volsync(owner)).observe(step.took)
        if step.missed:
            self._missed.labels(*_volsync(owner)).inc()

    def forget(self, namespace: str, name: str, role: str) -> None:
        """Drops the series of an object that is gone."""
        whole = (name, namespace, role, names.METHOD)
        for series, labels in (
            (self._missed, whole),
            (self._late, whole),
            (self._seconds, whole),
            (self._failures, whole[:3]),
        ):
            try:
                series.remove(*labels)
            except KeyError:
                continue


def _counter(name: str) -> str:
    return name.removesuffix("_total")


def _volsync(owner: Owner) -> tuple[str, ...]:
    return (owner.name, owner.namespace, owner.role, names.METHOD)


def _own(owner: Owner) -> tuple[str, ...]:
    return (owner.name, owner.namespace, owner.role)
