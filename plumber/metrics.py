"""Prometheus metrics of pvc-plumber, in a registry of their own."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from contract import metrics
from plumber.answer import Answer

LISTING_BUCKETS = (0.25, 0.5, 1, 2, 4, 7, 15, 30, 60)  # 7 s: a waiting request gives up


class Metrics:
    """The counters of one process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._decisions = Counter(
            metrics.DECISIONS, "Answers", ("decision", "reason"), registry=self._registry
        )
        self._admissions = Counter(
            metrics.ADMISSIONS, "Judged PVCs", ("verdict", "reason"), registry=self._registry
        )
        self._listing = Histogram(
            metrics.LISTING_SECONDS,
            "How long it took to list the repository",
            buckets=LISTING_BUCKETS,
            registry=self._registry,
        )
        self._failures = Counter(
            metrics.LISTING_FAILURES, "Listings that failed", registry=self._registry
        )
        self._identities = self._gauge(metrics.LEDGER_IDENTITIES, "Identities ever known")
        self._ledger = self._gauge(metrics.LEDGER_READ, "1 where the ledger has been read")
        self._ledger_failures = Counter(
            metrics.LEDGER_FAILURES, "Failed attempts to keep the ledger", registry=self._registry
        )

        self._size = self._gauge(metrics.REPOSITORY_SIZE, "Bytes of the repository's volume")
        self._free = self._gauge(metrics.REPOSITORY_FREE, "Bytes that are free on it")

    def watch(
        self,
        *,
        age: Callable[[], float],
        ready: Callable[[], bool],
        waiting: Callable[[], int],
    ) -> None:
        """Shows at each scrape the age of the knowledge (-1: there is none), readiness, waiters."""
        text = "Seconds since the knowledge of the repository was last proven"
        self._gauge(metrics.KNOWLEDGE_AGE, text).set_function(age)
        self._gauge(metrics.READY, "1 where ready").set_function(ready)
        self._gauge(metrics.WAITERS, "Requests that wait for the repository").set_function(waiting)

    def answers(self, answer: Answer) -> Counter:
        """The counter of answers with this decision and cause."""
        return self._decisions.labels(answer.decision.value, answer.cause.value)

    def judged(self, answer: Answer, *, is_admitted: bool) -> None:
        """Counts a PVC that the admission webhook has judged by this answer."""
        verdict = "admitted" if is_admitted else "denied"
        self._admissions.labels(verdict, answer.cause.value).inc()

    def listed(self, seconds: float) -> None:
        """Counts a whole listing."""
        self._listing.observe(seconds)

    def has_room(self, size: int, free: int) -> None:
        """Shows how full the repository's volume is."""
        self._size.set(size)
        self._free.set(free)

    def failed(self) -> None:
        """Counts a listing that failed."""
        self._failures.inc()

    def remembers(self, identities: int, *, is_read: bool) -> None:
        """Shows the size of the ledger, and whether all of it is known here."""
        self._identities.set(identities)
        self._ledger.set(is_read)

    def ledger_failed(self) -> None:
        """Counts an attempt to keep the ledger that failed."""
        self._ledger_failures.inc()

    def text(self) -> bytes:
        """Prometheus's text format."""
        return generate_latest(self._registry)

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(name, text, registry=self._registry)
