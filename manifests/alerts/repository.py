"""Alerts about the repository, and about what pvc-plumber knows of it."""

from contract import metrics
from contract.answer import Decision
from manifests import promql
from manifests.alerts.alert import THRESHOLD, Alert

KNOWLEDGE_AGE = 15 * 60  # seconds: pvc-plumber lists far more often
NEARLY_FULL = 0.9  # of the volume: one large first backup may need the rest
LEDGER_FAILURES = 30  # in a quarter of an hour; one that fails is tried again every 3 s

_UNKNOWN = f'{metrics.DECISIONS}{{decision="{Decision.UNKNOWN}"}}'

ALERTS = (
    Alert(
        name="RepositoryUnreadable",
        expr=f"max({metrics.READY}) == 0 or absent({metrics.READY})"
        f" or min({metrics.KNOWLEDGE_AGE}) > {THRESHOLD}",
        threshold=KNOWLEDGE_AGE,
        unit="seconds since the last look",
        wait="5m",
        severity="critical",
        summary="pvc-plumber cannot read the repository: its answers are unknown.",
    ),
    Alert(
        name="RepositoryNearlyFull",
        expr=f"{promql.repository_usage()} > {THRESHOLD}",
        threshold=NEARLY_FULL,
        unit="of the volume",
        wait="15m",
        summary="The repository's volume is {{ $value | humanizePercentage }} full; backups fail"
        " when it is full.",
    ),
    Alert(
        name="LedgerUnusable",
        expr=f"min({metrics.LEDGER_READ}) == 0"
        f" or sum(increase({metrics.LEDGER_FAILURES}[15m])) > {THRESHOLD}",
        threshold=LEDGER_FAILURES,
        unit="failures in 15 min",
        wait="10m",
        severity="critical",
        summary="pvc-plumber cannot keep the ledger of known backups: new PVCs are denied.",
    ),
    Alert(
        name="BackupDecisionUnknown",
        expr=promql.growth_by(_UNKNOWN, "10m", "reason"),
        summary="pvc-plumber could not tell whether a PVC has a backup: {{ $labels.reason }}.",
    ),
)
