"""The two ways in which the repository gets into a mover's pod."""

from dataclasses import dataclass, field

import pytest

from contract import labels
from lab.application import Application, get, kubectl
from lab.demo import difference
from lab.program import STACK, UP, lab
from manifests.policies import nfs_inject
from tests.e2e.jobs import watched
from tests.e2e.movers import wait_message

PVC = "data"
POLICY = ("mutatingpolicy", nfs_inject.NAME)
MOUNT = ("--path", "pvc-backup:repository.mount")


@dataclass
class Course:
    """The observations of the story."""

    complaint: str = ""
    jobs_without_policy: list[dict] = field(default_factory=list)
    policy_in_native_mode: dict | None = None
    changed: list[str] = field(default_factory=list)
    jobs: dict[tuple[str, str], set[str]] = field(default_factory=dict)


def _round_trip_in_native_mode(app: Application, before: dict) -> list[str]:
    app.wait_backup(PVC)
    app.delete_pvc(PVC)
    app.apply_pvc(PVC, backup="hourly")
    app.wait_bound(PVC)
    return difference(before, app.files(PVC))


@pytest.fixture(scope="module")
def course(shared: Application) -> Course:
    """Without the policy that mounts; then the mover mounts itself; then the policy is back."""
    course = Course()
    shared.apply_pvc(PVC)
    before = shared.files(PVC, "make", "1")
    kubectl("delete", *POLICY)
    try:
        shared.apply_pvc(PVC, backup="hourly")
        course.complaint = wait_message(shared, "replicationsource", PVC, "repository")
        course.jobs_without_policy = shared.movers(PVC, "jobs")
        lab("pulumi", "config", "set", *STACK, *MOUNT, "native")
        with watched() as jobs:
            lab("pulumi", *UP)
            course.policy_in_native_mode = get(*POLICY)
            course.changed = _round_trip_in_native_mode(shared, before)
            course.jobs = jobs.uids(shared.claim(PVC))
    finally:
        lab("pulumi", "config", "rm", *STACK, *MOUNT)
        lab("pulumi", *UP)
    return course


def test_without_the_policy_a_source_says_so_and_starts_no_doomed_job(course):
    assert "is the policy that adds it in place?" in course.complaint
    assert course.jobs_without_policy == []


def test_in_native_mode_backup_and_restore_need_no_policy(course):
    assert course.policy_in_native_mode is None
    assert course.changed == []


def test_in_native_mode_each_synchronisation_has_one_job(course):
    assert [role for role, _ in course.jobs] == [labels.SOURCE, labels.DESTINATION]
    assert [len(uids) for uids in course.jobs.values()] == [1, 1]


def test_back_in_inject_mode_the_policy_mounts_again(course, shared):
    assert get(*POLICY) is not None
    shared.back_up(PVC, "injected")
