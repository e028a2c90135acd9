"""Prometheus metrics of the audit, from the report at the time of the scrape."""

from collections import Counter
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from contract import metrics
from contract.audit import Verdict
from plumber.audit.report import Report

# Of the others their number is enough: a namespace full of unlabelled PVCs is one thing to tell.
NAMED = (Verdict.BROKEN,)


def text(report: Report | None) -> bytes:
    """Prometheus's text format; None while there is no report."""
    registry = CollectorRegistry()
    registry.register(_Shown(report))
    return generate_latest(registry)


class _Shown(Collector):
    def __init__(self, report: Report | None) -> None:
        self._report = report

    def collect(self) -> Iterator[Metric]:
        report = self._report
        yield GaugeMetricFamily(
            metrics.AUDIT_READY, "1 where every PVC has a verdict", value=report is not None
        )
        if report is None:
            return
        counts = GaugeMetricFamily(
            metrics.AUDIT_PVCS, "PVCs by verdict", labels=metrics.AUDIT_COUNT_LABELS
        )
        totals = Counter((f.claim.namespace, f.verdict, f.reason) for f in report.findings)
        for labels, number in totals.items():
            counts.add_metric(list(labels), number)
        yield counts
        broken = GaugeMetricFamily(
            metrics.AUDIT_BROKEN,
            "1 for a PVC whose chain is broken",
            labels=metrics.AUDIT_PVC_LABELS,
        )
        for finding in report.findings:
            if finding.verdict in NAMED:
                claim = finding.claim
                broken.add_metric([claim.namespace, claim.name, finding.reason], 1)
        yield broken
        yield GaugeMetricFamily(
            metrics.AUDIT_UNCLAIMED,
            "Identities in the repository that no PVC claims",
            value=len(report.unclaimed),
        )
