"""For every alert: series that make it fire, and series that do not."""

from dataclasses import dataclass

from tests.integration.cli.promtool_series import Series

# One sample a minute. `x` repeats a value, `_` is no sample.
HOUR, DAY = 60, 24 * 60
PLUMBER = 'kube_deployment_status_replicas_available{namespace="volsync-system",deployment="%s"}'
KYVERNO = 'kube_deployment_status_replicas_available{namespace="kyverno",deployment="kyverno-%s"}'
ALL_KYVERNO: Series = {
    KYVERNO % f"{name}-controller": "1x120" for name in ("admission", "background", "cleanup")
}
LABELLED = 'kube_persistentvolumeclaim_labels{namespace="shop",persistentvolumeclaim="data",%s}'
TIERED = LABELLED % 'label_backup="daily"'
PHASE = (
    'kube_persistentvolumeclaim_status_phase{namespace="shop",persistentvolumeclaim="data",'
    'phase="%s"}'
)
SYNC = (
    'volsync_volume_out_of_sync{obj_namespace="shop",obj_name="data-backup",method="kopia",'
    'role="%s",namespace="volsync-system",pod="m"}'
)
UNKNOWN = 'pvc_plumber_decisions_total{decision="%s",reason="unreachable",pod="p"}'
RESULTS = (
    'kyverno_validating_policy_results_total{policy_name="%s",resource_namespace="shop",'
    'result="%s",pod="k"}'
)
FAILURES = (
    'volsync_kopia_job_failures_total{obj_namespace="shop",obj_name="data-backup",role="source"}'
)
OWNED = '{obj_namespace="shop",obj_name="data-backup",role="source"}'
HELD = f"volsync_kopia_retention_held{OWNED}"
UNREADABLE = f"volsync_kopia_unreadable_files{OWNED}"
DELETED = (
    'kyverno_deleting_controller_deletedobjects_total{policy_name="volsync-orphan-cleanup",'
    'resource_namespace="%s"}'
)
SECRET = (
    'externalsecret_status_condition{namespace="shop",name="%s",condition="Ready",status="False"}'
)
CREATED = 'kube_cronjob_created{namespace="volsync-system",cronjob="kopia-maintenance"}'
LAST = (
    "kube_cronjob_status_last_successful_time"
    '{namespace="volsync-system",cronjob="kopia-maintenance"}'
)
PROOF = 'volsync_kopia_restore_proof_%s{pvc_namespace="shop",pvc="data",pod="m"}'
DRILL = 'volsync_kopia_restore_drill_%s{pod="m"}'
ROOM = 'pvc_plumber_repository_%s_bytes{pod="%s"}'
WAITING = 'volsync_kopia_queue_length{role="source",pod="m"}'
AUDIT_READY = 'pvc_audit_ready{pod="a"}'
AUDIT_BROKEN = 'pvc_audit_broken{pvc_namespace="shop",pvc="data",reason="late",pod="a"}'
AUDITED = 'pvc_audit_pvcs{pvc_namespace="shop",verdict="%s",reason="%s",pod="a"}'
READY: Series = {"pvc_plumber_ready": "1x120", "pvc_plumber_knowledge_age_seconds": "20x120"}


@dataclass(frozen=True)
class Case:
    """What makes one alert fire, what does not, and when it is looked at (in minutes).

    `well` is how things are once its cause is gone, where that is not the first of `quiet`.
    """

    fires: list[Series]
    quiet: list[Series]
    at: int = 2 * HOUR
    well: Series | None = None

    @property
    def cleared(self) -> Series:
        return self.quiet[0] if self.well is None else self.well


def down(series: str) -> Case:
    """A deployment that is gone, or that nobody knows of."""
    return Case([{series: "0x120"}, {}, {series: "1x100 0x20"}], [{series: "2x120"}])


CASES = {
    "PvcBackupWatchdog": Case([{}], []),
    "PvcPlumberDown": down(PLUMBER % "pvc-plumber"),
    "KopiaMoverDown": down(PLUMBER % "kopia-mover"),
    "VolSyncDown": down(PLUMBER % "volsync"),
    "KyvernoDown": Case(
        [{}, {**ALL_KYVERNO, KYVERNO % "cleanup-controller": "1x100 0x20"}], [ALL_KYVERNO]
    ),
    "RepositoryUnreadable": Case(
        [
            {},
            {**READY, "pvc_plumber_ready": "0x120"},
            {**READY, "pvc_plumber_knowledge_age_seconds": "901x120"},
        ],
        [READY],
    ),
    "LedgerUnusable": Case(
        fires=[
            {"pvc_plumber_ledger_read": "0x120"},
            {"pvc_plumber_ledger_read": "1x120", "pvc_plumber_ledger_failures_total": "0+5x120"},
        ],
        quiet=[
            {"pvc_plumber_ledger_read": "1x120", "pvc_plumber_ledger_failures_total": "7x120"},
            {"pvc_plumber_ledger_read": "1x120", "pvc_plumber_ledger_failures_total": "0+1x120"},
        ],
    ),
    "BackupDecisionUnknown": Case(
        [{UNKNOWN % "unknown": "0x115 1x5"}, {UNKNOWN % "unknown": "_x115 1x5"}],
        [{UNKNOWN % "unknown": "7x120"}, {UNKNOWN % "fresh": "0+1x120"}],
    ),
    "PvcDenied": Case(
        [
            {RESULTS % ("volsync-pvc-backup-restore", "fail"): "_x115 1x5"},
            {RESULTS % ("volsync-restore-gate", "fail"): "3x115 4x5"},
        ],
        [
            {RESULTS % ("volsync-restore-gate", "pass"): "0+1x120"},
            {RESULTS % ("somebody-elses", "fail"): "0+1x120"},
            {RESULTS % ("volsync-restore-gate", "fail"): "4x120"},
        ],
    ),
    "BackupLate": Case(
        [{SYNC % "source": "1x120"}],
        [
            {SYNC % "source": "0x120"},
            {SYNC % "destination": "1x120"},
            {SYNC % "source": "0x110 1x10"},
        ],
    ),
    "BackupNotScheduled": Case(
        [{TIERED: "1x120", PHASE % "Bound": "1x120"}],
        [
            {TIERED: "1x120", PHASE % "Bound": "1x120", SYNC % "source": "0x120"},
            {TIERED: "1x120", PHASE % "Bound": "0x120", PHASE % "Pending": "1x120"},
            {LABELLED % 'label_backup="none"': "1x120", PHASE % "Bound": "1x120"},
        ],
    ),
    "RestoreTakesLong": Case(
        [{TIERED: "1x120", PHASE % "Pending": "1x120"}],
        [
            {TIERED: "1x120", PHASE % "Pending": "0x120"},
            {TIERED: "1x120", PHASE % "Pending": "0x90 1x30"},
            {LABELLED % 'label_app="x"': "1x120", PHASE % "Pending": "1x120"},
        ],
    ),
    "MoversCannotUseRepository": Case(
        [{"volsync_kopia_repository_failing": "1x120"}],
        [{"volsync_kopia_repository_failing": "0x120"}, {}],
    ),
    "BackupLostFiles": Case([{HELD: "0x60 1x60"}], [{HELD: "1x60 0x60"}, {}]),
    "BackupSkipsFiles": Case([{UNREADABLE: "3x120"}], [{UNREADABLE: "0x120"}, {}]),
    "MaintenanceFails": Case(
        [{"volsync_kopia_maintenance_failed": "1x120"}],
        [{"volsync_kopia_maintenance_failed": "1x100 0x20"}, {}],
    ),
    "RepositoryShared": Case(
        [{"volsync_kopia_repository_shared": "1x120"}],
        [{"volsync_kopia_repository_shared": "1x100 0x20"}, {}],
    ),
    "MoverJobsFail": Case(
        [{FAILURES: "0x60 1x10 2x10 3x60"}, {FAILURES: "_x90 1x10 2x10 3x40"}],
        [{FAILURES: "0x100 1x20"}, {FAILURES: "_x140 2x9"}, {FAILURES: "9x150"}],
        at=150,
    ),
    "RestoreProofFailed": Case(
        [{PROOF % "failed": "0x60 1x60"}], [{PROOF % "failed": "1x60 0x60"}, {}]
    ),
    "RestoreProofOld": Case([{PROOF % "old": "0x60 1x60"}], [{PROOF % "old": "0x120"}, {}]),
    "RestoreDrillFails": Case(
        [{DRILL % "failed": "1x120"}, {DRILL % "late": "1x120", DRILL % "failed": "0x120"}],
        [
            {DRILL % "failed": "0x120", DRILL % "late": "0x120"},
            {DRILL % "failed": "0x110 1x10"},
            {},
        ],
    ),
    "RepositoryNearlyFull": Case(
        [{ROOM % ("size", "a"): "100x120", ROOM % ("free", "a"): "9x120"}],
        [
            {ROOM % ("size", "a"): "100x120", ROOM % ("free", "a"): "11x120"},
            {ROOM % ("size", "a"): "0x120", ROOM % ("free", "a"): "0x120"},
            {ROOM % ("size", "a"): "100x120", ROOM % ("free", "a"): "9x110 30x10"},
            {},
        ],
    ),
    "MoversWaitLong": Case(
        [{WAITING: "3x200"}],
        [{WAITING: "0x200"}, {WAITING: "3x150 0x50"}, {WAITING: "0x100 3x100"}, {}],
        at=200,
    ),
    "AuditBlind": Case(
        [{}, {AUDIT_READY: "0x120"}],
        [{AUDIT_READY: "1x120"}, {AUDIT_READY: "1x110 0x10"}],
    ),
    "PvcBackupBroken": Case(
        [{AUDIT_BROKEN: "1x120"}, {AUDIT_BROKEN: "_x60 1x60"}],
        [{AUDIT_BROKEN: "_x100 1x20"}, {AUDIT_BROKEN: "1x100 _x20"}, {}],
    ),
    "PvcsUnprotected": Case(
        [{AUDITED % ("unprotected", "no-label"): "3x120"}],
        [
            {AUDITED % ("unprotected", "excluded-namespace"): "3x120"},
            {AUDITED % ("unprotected", "first-backup"): "1x120"},
            {AUDITED % ("exempt", "on-purpose"): "1x120"},
            {AUDITED % ("unprotected", "no-label"): "_x90 3x30"},
            {AUDITED % ("unprotected", "no-label"): "3x100 _x20"},
            {},
        ],
    ),
    "OrphansRemain": Case(
        [
            {SYNC % "source": "0x120"},
            {SYNC % "source": "0x120", LABELLED % 'label_backup="none"': "1x120"},
        ],
        [{SYNC % "source": "0x120", TIERED: "1x120"}, {SYNC % "source": "_x90 0x30"}],
    ),
    "CleanupDeletesMany": Case(
        [{DELETED % "a": "_x110 18x10", DELETED % "b": "3x110 21x10"}],
        [{DELETED % "a": "_x110 18x10"}, {DELETED % "a": "99x120"}],
    ),
    "BackupSecretNotSynced": Case(
        [{SECRET % "volsync-data": "1x120"}, {SECRET % "kopia-repository": "1x120"}],
        [{SECRET % "volsync-data": "0x120"}, {SECRET % "their-own": "1x120"}],
    ),
    "MaintenanceLate": Case(
        [
            {},
            {CREATED: f"0x{3 * DAY}"},
            {CREATED: f"0x{3 * DAY}", LAST: f"3600x{3 * DAY}"},
        ],
        [
            {CREATED: f"0x{3 * DAY}", LAST: f"250000x{3 * DAY}"},
            {CREATED: f"250000x{3 * DAY}"},
        ],
        at=3 * DAY,
        well={CREATED: f"0x{3 * DAY}", LAST: f"510000x{3 * DAY}"},
    ),
}
