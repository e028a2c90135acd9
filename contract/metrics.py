"""Names of the metrics that alerts, dashboard and code share."""

# pvc-plumber
DECISIONS = "pvc_plumber_decisions_total"  # labels: decision, reason
ADMISSIONS = "pvc_plumber_admissions_total"  # labels: verdict, reason
KNOWLEDGE_AGE = "pvc_plumber_knowledge_age_seconds"
LISTING_SECONDS = "pvc_plumber_listing_seconds"
LISTING_FAILURES = "pvc_plumber_listing_failures_total"
READY = "pvc_plumber_ready"
REPOSITORY_SIZE = "pvc_plumber_repository_size_bytes"
REPOSITORY_FREE = "pvc_plumber_repository_free_bytes"
WAITERS = "pvc_plumber_waiting_requests"
LEDGER_IDENTITIES = "pvc_plumber_ledger_identities"
LEDGER_READ = "pvc_plumber_ledger_read"
LEDGER_FAILURES = "pvc_plumber_ledger_failures_total"

# The audit
AUDIT_READY = "pvc_audit_ready"
AUDIT_PVCS = "pvc_audit_pvcs"
AUDIT_COUNT_LABELS = ("pvc_namespace", "verdict", "reason")
AUDIT_BROKEN = "pvc_audit_broken"
AUDIT_PVC_LABELS = ("pvc_namespace", "pvc", "reason")
AUDIT_UNCLAIMED = "pvc_audit_unclaimed_identities"

# The mover, under VolSync's own names (upstream internal/controller/metrics.go)
MISSED_INTERVALS = "volsync_missed_intervals_total"
OUT_OF_SYNC = "volsync_volume_out_of_sync"
SYNC_SECONDS = "volsync_sync_duration_seconds"
VOLSYNC_LABELS = ("obj_name", "obj_namespace", "role", "method")
METHOD = "kopia"

# The mover, its own
MOVER_JOB_FAILURES = "volsync_kopia_job_failures_total"  # labels: obj_name, obj_namespace, role
MOVER_JOBS_RUNNING = "volsync_kopia_jobs_running"  # labels: role
MOVER_QUEUE = "volsync_kopia_queue_length"  # labels: role
MOVER_RETRIES = "volsync_kopia_retries"  # failed attempts of a synchronisation that still runs
SNAPSHOT_BYTES = "volsync_kopia_snapshot_bytes"
SNAPSHOT_FILES = "volsync_kopia_snapshot_files"
UNREADABLE_FILES = "volsync_kopia_unreadable_files"
RETENTION_HELD = "volsync_kopia_retention_held"
REPOSITORY_FAILING = "volsync_kopia_repository_failing"  # no labels
MAINTENANCE_SUCCESS = "volsync_kopia_maintenance_last_success_timestamp_seconds"
MAINTENANCE_FAILED = "volsync_kopia_maintenance_failed"
REPOSITORY_SHARED = "volsync_kopia_repository_shared"

# The restore drill, shown by the mover; labels: pvc_namespace, pvc
RESTORE_PROOF_TIME = "volsync_kopia_restore_proof_timestamp_seconds"
RESTORE_PROOF_FAILED = "volsync_kopia_restore_proof_failed"
RESTORE_PROOF_OLD = "volsync_kopia_restore_proof_old"
DRILL_FAILED = "volsync_kopia_restore_drill_failed"  # no labels
DRILL_LATE = "volsync_kopia_restore_drill_late"  # no labels
PROOF_LABELS = ("pvc_namespace", "pvc")
