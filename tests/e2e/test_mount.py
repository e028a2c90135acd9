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
class Seen:
    """What the story met on its way."""

    complaint: str = ""
    jobs_without_policy: str = ""
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
def seen(shared: Application) -> Seen:
    """Without the policy that mounts; then the mover mounts itself; then the policy is back."""
    found = Seen()
    shared.apply_pvc(PVC)
    before = shared.files(PVC, "make", "1")
    kubectl("delete", *POLICY)
    try:
        shared.apply_pvc(PVC, backup="hourly")
        found.complaint = wait_message(shared, "replicationsource", PVC, "repository")
        found.jobs_without_policy = kubectl("-n", shared.namespace, "get", "jobs", "-o", "name")
        lab("pulumi", "config", "set", *STACK, *MOUNT, "native")
        with watched() as jobs:
            lab("pulumi", *UP)
            found.policy_in_native_mode = get(*POLICY)
            found.changed = _round_trip_in_native_mode(shared, before)
            found.jobs = jobs.uids(shared.claim(PVC))
    finally:
        lab("pulumi", "config", "rm", *STACK, *MOUNT)
        lab("pulumi", *UP)
    return found


def test_without_the_policy_a_source_says_so_and_starts_no_doomed_job(seen):
    assert "is the policy that adds it in place?" in seen.complaint
    assert seen.jobs_without_policy == ""


def test_in_native_mode_backup_and_restore_need_no_policy(seen):
    assert seen.policy_in_native_mode is None
    assert seen.changed == []


def test_in_native_mode_each_synchronisation_has_one_job(seen):
    assert [role for role, _ in seen.jobs] == [labels.SOURCE, labels.DESTINATION]
    assert [len(uids) for uids in seen.jobs.values()] == [1, 1]


def test_back_in_inject_mode_the_policy_mounts_again(seen, shared):
    assert get(*POLICY) is not None
    shared.back_up(PVC, "injected")
