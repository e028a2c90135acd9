"""Alerts about the PVCs with a backup label: created, backed up, restored, and cleaned up after."""

from contract import labels, metrics, names, repository
from manifests import promql
from manifests.alerts.alert import THRESHOLD, Alert
from manifests.policies import cleanup

TICK = 15  # minutes between two runs of the cleanup, schedule.CLEANUP
ORPHAN_AGE = f"{3 * TICK}m"
MASS_DELETION = 30  # objects: ten PVCs at once are rarely meant
JOB_FAILURES = 3  # of one PVC in two hours

_OUT_OF_SYNC = promql.selector(metrics.OUT_OF_SYNC, promql.SOURCE, promql.KOPIA)
_SOURCES = promql.by_pvc(_OUT_OF_SYNC)
_TIERED = promql.tiered_pvcs()
_SECRETS = f'name=~"{names.SECRET_PREFIX}.+|{repository.SYSTEM_SECRET}"'
_DELETIONS = f'kyverno_deleting_controller_deletedobjects_total{{policy_name="{cleanup.NAME}"}}'

ALERTS = (
    Alert(
        name="PvcDenied",
        expr=promql.growth_by(promql.denials(), "10m", "policy_name, resource_namespace"),
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
        expr=f"({_TIERED} and {promql.pvcs_in_phase(labels.BOUND)}) unless {_SOURCES}",
        wait="30m",
        severity="critical",
        summary="{{ $labels.namespace }}/{{ $labels.persistentvolumeclaim }} is labelled and"
        " Bound, but nothing backs it up.",
    ),
    Alert(
        name="RestoreTakesLong",
        expr=f"{_TIERED} and {promql.pvcs_in_phase('Pending')}",
        wait="1h",
        summary="{{ $labels.namespace }}/{{ $labels.persistentvolumeclaim }} has a backup label and"
        " has been Pending for an hour.",
    ),
    Alert(
        name="MoverJobsFail",
        expr=promql.growth_by(
            metrics.MOVER_JOB_FAILURES,
            "2h",
            "obj_namespace, obj_name, role",
            comparison=f">= {THRESHOLD}",
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
        summary="{{ $labels.obj_namespace }}/{{ $labels.obj_name }} lost most of its data, or is"
        " another PVC than before. Its old snapshots are kept until somebody accepts that.",
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
        expr=promql.growth_by(_DELETIONS, "30m", "policy_name", comparison=f"> {THRESHOLD}"),
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
)
