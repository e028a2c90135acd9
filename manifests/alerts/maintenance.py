"""Alerts about the maintenance of the repository."""

from contract import metrics, schedule, scope
from manifests.alerts.alert import THRESHOLD, Alert

MAINTENANCE_AGE = 6 * schedule.HOUR * 60  # seconds: six hourly runs were missed

_CRON_JOB = f'namespace="{scope.VOLSYNC_NAMESPACE}", cronjob="{scope.MAINTENANCE}"'
_LAST_RUN = f"kube_cronjob_status_last_successful_time{{{_CRON_JOB}}}"
_CREATED = f"kube_cronjob_created{{{_CRON_JOB}}}"

ALERTS = (
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
    Alert(
        name="RepositoryShared",
        expr=f"{metrics.REPOSITORY_SHARED} == 1",
        severity="critical",
        summary="Another cluster maintains this repository: two share it, or share its histories.",
    ),
)
