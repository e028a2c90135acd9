"""Alert rules as a PrometheusRule. Each alert has a section of its name in docs/operations.md."""

from collections.abc import Collection, Mapping
from typing import Any

from contract import labels, metrics, names, repository, schedule, scope
from contract.answer import SERVICE, Decision
from manifests import promql
from manifests.alerts.alert import THRESHOLD, Alert, Change
from manifests.alerts.optional import AUDIT_ALERTS, DRILL_ALERTS
from manifests.policies import cleanup

API_VERSION = "monitoring.coreos.com/v1"
NAME = "pvc-backup"
RUNBOOK = "docs/operations.md"
WATCHDOG = "PvcBackupWatchdog"

UNCHANGED = Change()
NO_CHANGES: Mapping[str, Change] = {}

TICK = 15  # minutes between two runs of the cleanup, schedule.CLEANUP
ORPHAN_AGE = f"{3 * TICK}m"
MASS_DELETION = 30  # objects: ten PVCs at once are rarely meant
MAINTENANCE_AGE = 6 * schedule.HOUR * 60  # seconds: six hourly runs were missed
LEDGER_FAILURES = 30  # in a quarter of an hour; one that fails is tried again every 3 s
JOB_FAILURES = 3  # of one PVC in two hours
NEARLY_FULL = 0.9  # of the volume: one large first backup may need the rest
KNOWLEDGE_AGE = 15 * 60  # seconds: pvc-plumber lists far more often


_OUT_OF_SYNC = promql.chosen(metrics.OUT_OF_SYNC, promql.SOURCE, promql.KOPIA)
_SOURCES = promql.source_of(_OUT_OF_SYNC)
_TIERED = promql.tiered()
_UNKNOWN = f'{metrics.DECISIONS}{{decision="{Decision.UNKNOWN}"}}'
_SECRETS = f'name=~"{names.SECRET_PREFIX}.+|{repository.SYSTEM_SECRET}"'
_DELETIONS = f'kyverno_deleting_controller_deletedobjects_total{{policy_name="{cleanup.NAME}"}}'
_CRON_JOB = f'namespace="{scope.VOLSYNC_NAMESPACE}", cronjob="{scope.MAINTENANCE}"'
_LAST_RUN = f"kube_cronjob_status_last_successful_time{{{_CRON_JOB}}}"
_CREATED = f"kube_cronjob_created{{{_CRON_JOB}}}"

ALERTS = (
    Alert(
        name=WATCHDOG,
        expr="vector(1)",
        severity="none",
        summary="Always fires. When it stops, alerts no longer reach anybody.",
    ),
    Alert(
        name="PvcPlumberDown",
        expr=f"{promql.available(scope.VOLSYNC_NAMESPACE, SERVICE)} < 1",
        wait="2m",
        severity="critical",
        summary="No pvc-plumber runs: no PVC with a backup label can be created.",
    ),
    Alert(
        name="KopiaMoverDown",
        expr=f"{promql.available(scope.VOLSYNC_NAMESPACE, scope.MOVER)} < 1",
        wait="5m",
        severity="critical",
        summary="No mover runs: nothing is backed up or restored.",
    ),
    Alert(
        name="VolSyncDown",
        expr=f"{promql.available(scope.VOLSYNC_NAMESPACE, scope.VOLSYNC_DEPLOYMENT)} < 1",
        wait="5m",
        severity="critical",
        summary="VolSync's populator does not run: restored PVCs stay Pending.",
    ),
    Alert(
        name="KyvernoDown",
        expr=f"{promql.available(scope.KYVERNO_NAMESPACE, *scope.KYVERNO_DEPLOYMENTS)}"
        f" < {len(scope.KYVERNO_DEPLOYMENTS)}",
        wait="5m",
        severity="critical",
        summary="A Kyverno controller is down: labelled PVCs are denied, or get no backup.",
    ),
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
        expr=f"{promql.in_use()} > {THRESHOLD}",
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
        expr=promql.grew(_UNKNOWN, "10m", "reason"),
        summary="pvc-plumber could not tell whether a PVC has a backup: {{ $labels.reason }}.",
    ),
    Alert(
        name="PvcDenied",
        expr=promql.grew(promql.denials(), "10m", "policy_name, resource_namespace"),
        summary="{{ $labels.policy_name }} denied a PVC in {{ $labels.resource_namespace }}.",
    ),
    Alert(
        name="BackupLate",
        expr=f"{_OUT_OF_SYNC} == 1",
        wait="30m",
        severity="critical",
        summary="{{ $labels.obj_namespace }}/{{ $labels.obj_name }} is behind its schedule.",
    ),
    Alert(
        name="BackupNotScheduled",
        expr=f"({_TIERED} and {promql.in_phase(labels.BOUND)}) unless {_SOURCES}",
        wait="30m",
        severity="critical",
        summary="{{ $labels.namespace }}/{{ $labels.persistentvolumeclaim }} is labelled and"
        " Bound, but nothing backs it up.",
    ),
    Alert(
        name="RestoreTakesLong",
        expr=f"{_TIERED} and {promql.in_phase('Pending')}",
        wait="1h",
        summary="{{ $labels.namespace }}/{{ $labels.persistentvolumeclaim }} has a backup label and"
        " has been Pending for an hour.",
    ),
    Alert(
        name="MoverJobsFail",
        expr=promql.grew(
            metrics.MOVER_JOB_FAILURES,
            "2h",
            "obj_namespace, obj_name, role",
            is_much=f">= {THRESHOLD}",
        ),
        threshold=JOB_FAILURES,
        unit="of one PVC in 2 h",
        summary="{{ $labels.obj_namespace }}/{{ $labels.obj_name }} keeps failing"
        " ({{ $labels.role }}).",
    ),
    Alert(
        name="MoversWaitLong",
        expr=f"max by (role) ({metrics.MOVER_QUEUE}) > 0",
        wait="2h",
        summary="For two hours there has always been a {{ $labels.role }} that waits for its turn:"
        " more is due than mover.maxJobs can do.",
    ),
    Alert(
        name="MoversCannotUseRepository",
        expr=f"{metrics.REPOSITORY_FAILING} == 1",
        wait="10m",
        severity="critical",
        summary="The repository fails backups and restores; one mover at a time tries it.",
    ),
    Alert(
        name="BackupLostFiles",
        expr=f"{metrics.RETENTION_HELD} == 1",
        severity="critical",
        summary="{{ $labels.obj_namespace }}/{{ $labels.obj_name }} lost most of its files. Its old"
        " snapshots are kept until somebody accepts that.",
    ),
    Alert(
        name="BackupSkipsFiles",
        expr=f"{metrics.UNREADABLE_FILES} > 0",
        summary="{{ $labels.obj_namespace }}/{{ $labels.obj_name }} has {{ $value }} files or"
        " folders that cannot be read and are in no backup.",
    ),
    Alert(
        name="OrphansRemain",
        expr=f"{_SOURCES} unless {_TIERED}",
        wait=ORPHAN_AGE,
        summary="{{ $labels.namespace }}/{{ $labels.persistentvolumeclaim }} has no backup label,"
        " but its objects were not removed.",
    ),
    Alert(
        name="CleanupDeletesMany",
        expr=promql.grew(_DELETIONS, "30m", "policy_name", is_much=f"> {THRESHOLD}"),
        threshold=MASS_DELETION,
        unit="objects in 30 min",
        summary="Backups of many PVCs were taken down at once. Were their labels meant to go?",
    ),
    Alert(
        name="BackupSecretNotSynced",
        expr='externalsecret_status_condition{condition="Ready", status="False", '
        f"{_SECRETS}}} == 1",
        wait="15m",
        summary="Secret {{ $labels.namespace }}/{{ $labels.name }} is not filled from 1Password.",
    ),
    Alert(
        name="MaintenanceLate",
        expr=f"time() - max({_LAST_RUN} or {_CREATED}) > {THRESHOLD} or absent({_CREATED})",
        threshold=MAINTENANCE_AGE,
        unit="seconds since the last run",
        wait="15m",
        summary="The repository has not been maintained for six hours: it grows, and gets slow.",
    ),
    Alert(
        name="MaintenanceFails",
        expr=f"{metrics.MAINTENANCE_FAILED} == 1",
        wait="15m",
        summary="The last maintenance of the repository failed.",
    ),
)

ALERTS += DRILL_ALERTS + AUDIT_ALERTS


def prometheus_rule(
    *,
    labels: dict[str, str],
    left_out: Collection[str] = (),
    changes: Mapping[str, Change] = NO_CHANGES,
    runbook: str = RUNBOOK,
) -> dict[str, Any]:
    """The object; `labels` make Prometheus select it, `runbook` is where the sections are.

    Raises ValueError where `left_out` or `changes` name an alert that there is not.
    """
    unknown = {*left_out, *changes} - {alert.name for alert in ALERTS}
    if unknown:
        raise ValueError(f"there is no alert {', '.join(sorted(unknown))}")
    chosen = [
        alert.changed(changes.get(alert.name, UNCHANGED))
        for alert in ALERTS
        if alert.name not in left_out
    ]
    return {
        "apiVersion": API_VERSION,
        "kind": "PrometheusRule",
        "metadata": {
            "name": NAME,
            "namespace": scope.VOLSYNC_NAMESPACE,
            "labels": dict(labels),
        },
        "spec": {"groups": [{"name": NAME, "rules": [alert.rule(runbook) for alert in chosen]}]},
    }
