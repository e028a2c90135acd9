"""Jobs and CronJobs of our parts: what all of them have in common."""

from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_kubernetes.batch.v1 import CronJob, Job, JobSpecArgsDict

from components import pod
from components.deployment import Pods, pod_spec
from contract.scope import VOLSYNC_NAMESPACE

HOUR = 3600  # seconds
# A failed Job stays failed: without this the next `up` would only wait for it again.
REPLACE_UNREADY = {"pulumi.com/replaceUnready": "true"}


@dataclass(frozen=True, kw_only=True)
class Clock:
    """The schedule of a CronJob, and the limits of its Jobs."""

    schedule: str
    timezone: str
    limit: int  # seconds that one may take
    tries: int
    kept: int | None = None  # seconds after its end; None: as long as the history goes


def job(name: str, target: str, pods: Pods, opts: pulumi.ResourceOptions, *, tries: int) -> Job:
    """The Job `target`. It cannot be changed, and its name is taken until the old one is gone."""
    metadata = pod.metadata(target)
    metadata["annotations"] = REPLACE_UNREADY
    replaced = pulumi.ResourceOptions(delete_before_replace=True, replace_on_changes=["spec"])
    return Job(
        name,
        metadata=metadata,
        spec=_spec(target, pods, tries),
        opts=pulumi.ResourceOptions.merge(opts, replaced),
    )


def cron_job(
    name: str,
    target: str,
    pods: Pods,
    clock: Clock,
    opts: pulumi.ResourceOptions,
    *,
    namespace: str = VOLSYNC_NAMESPACE,
) -> CronJob:
    """The CronJob `target`, of which no two run at a time; one that is missed is made up."""
    bounded: dict[str, Any] = {"active_deadline_seconds": clock.limit}
    if clock.kept is not None:
        bounded["ttl_seconds_after_finished"] = clock.kept
    return CronJob(
        name,
        metadata=pod.metadata(target, namespace),
        spec={
            "schedule": clock.schedule,
            "time_zone": clock.timezone,
            "concurrency_policy": "Forbid",
            "starting_deadline_seconds": HOUR,
            "successful_jobs_history_limit": 1,
            "failed_jobs_history_limit": 1,
            "job_template": {"spec": {**_spec(target, pods, clock.tries), **bounded}},
        },
        opts=opts,
    )


def _spec(target: str, pods: Pods, tries: int) -> JobSpecArgsDict:
    spec = pod_spec(pods)
    spec["restart_policy"] = "Never"
    return {
        "backoff_limit": tries,
        "template": {"metadata": {"labels": pod.labels(target)}, "spec": spec},
    }
