"""The state of the repository's maintenance, read from its CronJob, that one's Jobs and the pin."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from contract.repository import PIN_CONFIG_MAP, SHARED_KEY
from contract.scope import MAINTENANCE
from contract.times import parse_lenient
from kube import fields, resource
from kube.api import Api
from kube.resource import CONFIG_MAP, CRON_JOB, Object


@dataclass(frozen=True, kw_only=True)
class MaintenanceStatus:
    """The last success, if any is known, and whether the last run that has ended failed."""

    success: datetime | None = None
    failed: bool = False
    is_shared: bool = False  # another cluster has taken maintenance from this one


async def look(api: Api, namespace: str) -> MaintenanceStatus:
    """Reads the state now; nothing is known where there is no CronJob."""
    cron_job = await api.get(CRON_JOB, namespace, MAINTENANCE)
    if cron_job is None:
        return MaintenanceStatus()
    jobs = await api.find(resource.JOB, namespace, "")
    pin = await api.get(CONFIG_MAP, namespace, PIN_CONFIG_MAP)
    return maintenance_status(cron_job, jobs, pin)


def maintenance_status(
    cron_job: Object, jobs: Iterable[Object], pin: Object | None
) -> MaintenanceStatus:
    """The state by the objects. A run that has not ended says nothing yet."""
    uid = cron_job["metadata"]["uid"]
    ended = [
        (job["metadata"]["creationTimestamp"], fields.job_end(job))
        for job in jobs
        if fields.is_owned_by(job, uid)
    ]
    last = max(((when, end) for when, end in ended if end), default=("", ""))
    status = fields.status(cron_job)
    return MaintenanceStatus(
        success=parse_lenient(status.get("lastSuccessfulTime")),
        failed=last[1] == fields.FAILED,
        is_shared=bool(((pin or {}).get("data") or {}).get(SHARED_KEY)),
    )
