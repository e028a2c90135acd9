from dataclasses import replace

import pulumi

from components.cron_job import Clock, cron_job, job
from components.deployment import Pods
from tests.unit.components.fixtures import built

CLOCK = Clock(schedule="5 4 * * *", timezone="Europe/Berlin", limit=600, tries=2)
PODS = Pods(containers=[{"name": "c", "image": "i"}], account="part")


def _cron_job(clock: Clock = CLOCK, **more):
    def build(opts: pulumi.ResourceOptions) -> None:
        cron_job("night", "part", PODS, clock, opts, **more)

    return built(build).one("night").inputs


def test_no_two_jobs_of_a_clock_run_at_a_time_and_each_is_bounded():
    spec = _cron_job()["spec"]
    assert (spec["schedule"], spec["timeZone"]) == ("5 4 * * *", "Europe/Berlin")
    assert spec["concurrencyPolicy"] == "Forbid"
    inner = spec["jobTemplate"]["spec"]
    assert (inner["activeDeadlineSeconds"], inner["backoffLimit"]) == (600, 2)


def test_what_a_job_leaves_is_removed_early_only_where_that_is_asked_for():
    assert "ttlSecondsAfterFinished" not in _cron_job()["spec"]["jobTemplate"]["spec"]
    kept = _cron_job(replace(CLOCK, kept=0))["spec"]["jobTemplate"]["spec"]
    assert kept["ttlSecondsAfterFinished"] == 0


def test_its_pods_end_with_their_work_and_have_no_more_rights_than_others():
    pod = _cron_job()["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    assert pod["restartPolicy"] == "Never"
    assert pod["serviceAccountName"] == "part"
    assert pod["securityContext"]["runAsNonRoot"] is True


def test_a_clock_may_stand_in_another_namespace():
    assert _cron_job()["metadata"]["namespace"] == "volsync-system"
    assert _cron_job(namespace="apart")["metadata"]["namespace"] == "apart"


def test_a_job_that_failed_or_changed_is_removed_before_the_next_takes_its_name():
    seen = []

    def build(opts: pulumi.ResourceOptions) -> None:
        watched = pulumi.ResourceOptions(transformations=[lambda args: seen.append(args.opts)])
        job("once", "part", PODS, pulumi.ResourceOptions.merge(opts, watched), tries=4)

    made = built(build).one("once").inputs
    assert made["metadata"]["annotations"] == {"pulumi.com/replaceUnready": "true"}
    assert made["spec"]["backoffLimit"] == 4
    (opts,) = seen
    assert opts.delete_before_replace is True
    assert opts.replace_on_changes == ["spec"]
