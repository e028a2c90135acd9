"""The label by which the mover knows its own objects is nobody else's to write."""

import re

import pytest

from contract.labels import DESTINATION, ROLE, SOURCE
from contract.scope import JOB_CONTROLLERS, MOVER_ACCOUNT
from lab.cluster import sources
from tests.integration.kyverno import kinds
from tests.integration.kyverno.api import Api, Refused
from tests.integration.kyverno.objects import appears, bind, job, pvc, ref
from tests.project.pages.terminal import Terminal

WORDS = f"label {ROLE} is for the mover's own objects: .* must not set, change or remove it"
MARKED = {"metadata": {"labels": {ROLE: SOURCE}}}
UNMARKED = {"metadata": {"labels": {ROLE: None}}}
STRANGERS = [
    "jane",
    "system:serviceaccount:shop:default",
    "system:serviceaccount:shop:kopia-mover",
    "system:serviceaccount:volsync-system:volsync",
    "system:serviceaccount:kube-system:statefulset-controller",
    "system:serviceaccount:kube-system:cronjob-controller",
]


@pytest.fixture(scope="module")
def snapshots(shell: Terminal) -> None:
    """The kind VolumeSnapshot."""
    crds = sources.SNAPSHOT_API.folder() / "config/crd"
    crd = "volumesnapshots.snapshot.storage.k8s.io"
    kinds.serve(shell, crds / "snapshot.storage.k8s.io_volumesnapshots.yaml", crd)


def volume(namespace: str, name: str = "data", **marks: str) -> dict:
    manifest = pvc(namespace, name, tier=None)
    return {**manifest, "metadata": {**manifest["metadata"], "labels": marks}}


def snapshot(namespace: str, **marks: str) -> dict:
    return {
        "apiVersion": "snapshot.storage.k8s.io/v1",
        "kind": "VolumeSnapshot",
        "metadata": {"name": "s", "namespace": namespace, "labels": marks},
        "spec": {"source": {"persistentVolumeClaimName": "data"}},
    }


def pod(namespace: str, owner: str = "", **marks: str) -> dict:
    reference = {"apiVersion": "batch/v1", "kind": owner, "name": "j", "uid": "1"}
    owners = [{**reference, "controller": True}] if owner else []
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "p",
            "namespace": namespace,
            "labels": marks,
            "ownerReferences": owners,
        },
        "spec": {"containers": [{"name": "c", "image": "i:1"}]},
    }


def templated(namespace: str, **marks: str) -> dict:
    """A Job without the label whose pods would have it."""
    manifest = job(namespace, "j", None)
    manifest["spec"]["template"]["metadata"] = {"labels": marks}
    return manifest


def is_created(api: Api, manifest: dict) -> bool:
    """Whether it would be; a refusal for any other reason is a failure."""
    try:
        return bool(api.create(manifest, dry_run=True))
    except Refused as refused:
        if not re.search(WORDS, str(refused)):
            raise
        return False


@pytest.fixture
def account(kyverno, namespace) -> None:
    """The account without which no pod is created."""
    appears(kyverno.api, ref("v1", "ServiceAccount", namespace, "default"))


@pytest.fixture(scope="module")
def strangers(kyverno) -> list[Api]:
    return [kyverno.api, *(kyverno.plane.api_of(user) for user in STRANGERS)]


@pytest.mark.usefixtures("snapshots", "account")
@pytest.mark.parametrize("role", [SOURCE, DESTINATION, "anything", ""])
@pytest.mark.parametrize("make", [volume, snapshot, pod, templated], ids=lambda make: make.__name__)
def test_nobody_else_creates_an_object_with_the_label(strangers, namespace, make, role):
    for api in strangers:
        assert not is_created(api, make(namespace, **{ROLE: role}))
        assert is_created(api, make(namespace))


def test_nobody_else_creates_a_job_with_the_label(strangers, namespace):
    for api in strangers:
        assert not is_created(api, job(namespace, "j", SOURCE))


@pytest.mark.usefixtures("snapshots")
def test_the_mover_creates_its_own(mover, namespace):
    marked = {ROLE: SOURCE}
    mine = job(namespace, "j", SOURCE)
    mine["spec"]["template"]["metadata"] = {"labels": marked}
    for manifest in (volume(namespace, **marked), snapshot(namespace, **marked), mine):
        assert mover.create(manifest, dry_run=True)


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("user", JOB_CONTROLLERS)
def test_pods_get_it_from_their_job_and_from_nothing_else(kyverno, namespace, user):
    controller, marked = kyverno.plane.api_of(user), {ROLE: SOURCE}
    assert is_created(controller, pod(namespace, "Job", **marked))
    for owner in ("ReplicaSet", ""):
        assert not is_created(controller, pod(namespace, owner, **marked))
    assert not is_created(controller, volume(namespace, **marked))


def test_nobody_else_sets_changes_or_removes_it_and_everything_else_passes(
    kyverno, mover, namespace
):
    mine = mover.create(volume(namespace, "mine", **{ROLE: SOURCE}))
    plain = kyverno.api.create(volume(namespace, "plain"))
    for live, patch in (
        (plain, MARKED),
        (mine, UNMARKED),
        (mine, {"metadata": {"labels": {ROLE: DESTINATION}}}),
    ):
        with pytest.raises(Refused, match=f"admin {WORDS.partition('.* ')[2]}"):
            kyverno.api.merge(live, patch)
    kyverno.api.merge(mine, {"metadata": {"labels": {"team": "a"}, "finalizers": ["a.test/b"]}})
    kyverno.api.merge(mine, {"metadata": {"finalizers": []}})
    bind(kyverno.api, mine)
    kyverno.api.delete(mine)


def test_a_suspended_jobs_template_does_not_get_it_later(kyverno, namespace):
    live = kyverno.api.create(templated(namespace))
    with pytest.raises(Refused, match=WORDS):
        kyverno.api.merge(live, {"spec": {"template": MARKED}})


def test_the_account_is_the_movers():
    assert MOVER_ACCOUNT == "system:serviceaccount:volsync-system:kopia-mover"
