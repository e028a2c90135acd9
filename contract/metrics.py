"""Names of the metrics that alerts, dashboard and code share."""

# pvc-plumber
DECISIONS = "pvc_plumber_decisions_total"  # labels: decision, reason
KNOWLEDGE_AGE = "pvc_plumber_knowledge_age_seconds"
LISTING_SECONDS = "pvc_plumber_listing_seconds"
LISTING_FAILURES = "pvc_plumber_listing_failures_total"
READY = "pvc_plumber_ready"

# The mover, under VolSync's own names (upstream internal/controller/metrics.go)
MISSED_INTERVALS = "volsync_missed_intervals_total"
OUT_OF_SYNC = "volsync_volume_out_of_sync"
SYNC_SECONDS = "volsync_sync_duration_seconds"
VOLSYNC_LABELS = ("obj_name", "obj_namespace", "role", "method")
METHOD = "kopia"

# The mover, its own
MOVER_JOB_FAILURES = "volsync_kopia_job_failures_total"  # labels: obj_name, obj_namespace, role
MOVER_JOBS_RUNNING = "volsync_kopia_jobs_running"
