"""How the repository's maintenance stands, by its CronJob and the Jobs of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from contract.scope import MAINTENANCE
from contract.times import parse_lenient
from kube import fields, resource
from kube.api import Api
from kube.resource import CRON_JOB, Object


@dataclass(frozen=True, kw_only=True)
class Upkeep:
    """The last success, if any is known, and whether the last run that has ended failed."""

    success: datetime | None = None
    failed: bool = False


async def look(api: Api, namespace: str) -> Upkeep:
    """As it is now; nothing is known where there is no CronJob."""
    cron_job = await api.get(CRON_JOB, namespace, MAINTENANCE)
    return upkeep(cron_job, await api.find(resource.JOB, namespace, "")) if cron_job else Upkeep()


def upkeep(cron_job: Object, jobs: Iterable[Object]) -> Upkeep:
    """From the objects. A run that still goes on says nothing of the last one."""
    uid = cron_job["metadata"]["uid"]
    ended = [
        (job["metadata"]["creationTimestamp"], fields.job_end(job))
        for job in jobs
        if fields.is_owned_by(job, uid)
    ]
    last = max(((when, end) for when, end in ended if end), default=("", ""))
    told = fields.status(cron_job)
    return Upkeep(
        success=parse_lenient(told.get("lastSuccessfulTime")), failed=last[1] == fields.FAILED
    )
