"""What pvc-plumber counts, in a registry of its own."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from contract import metrics as names
from plumber.answer import Answer

LISTING_BUCKETS = (0.25, 0.5, 1, 2, 4, 7, 15, 30, 60)  # 7 s: a waiting request gives up


class Metrics:
    """The counters of one process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._decisions = Counter(
            names.DECISIONS, "Answers", ("decision", "reason"), registry=self._registry
        )
        self._listing = Histogram(
            names.LISTING_SECONDS,
            "How long it took to list the repository",
            buckets=LISTING_BUCKETS,
            registry=self._registry,
        )
        self._failures = Counter(
            names.LISTING_FAILURES, "Listings that failed", registry=self._registry
        )

    def watch(self, *, age: Callable[[], float], ready: Callable[[], bool]) -> None:
        """Shows the age of the knowledge (-1: there is none) and the readiness at each scrape."""
        Gauge(
            names.KNOWLEDGE_AGE,
            "Seconds since the last whole listing began",
            registry=self._registry,
        ).set_function(age)
        Gauge(names.READY, "1 where ready", registry=self._registry).set_function(ready)

    def answered(self, answer: Answer) -> None:
        """Counts an answer."""
        self._decisions.labels(answer.decision.value, answer.cause.value).inc()

    def listed(self, seconds: float) -> None:
        """Counts a whole listing."""
        self._listing.observe(seconds)

    def failed(self) -> None:
        """Counts a listing that failed."""
        self._failures.inc()

    def text(self) -> bytes:
        """Prometheus's text format."""
        return generate_latest(self._registry)
