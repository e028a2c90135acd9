"""The repository's volume in mover Jobs."""

import pytest

from contract import labels, repository
from manifests.policies import mover_label
from tests.integration.kyverno.api import eventually
from tests.integration.kyverno.conftest import EXPORT
from tests.integration.kyverno.objects import job
from tests.integration.kyverno.test_guard import is_admitted

NAME = repository.VOLUME


def pod(live: dict) -> dict:
    return live["spec"]["template"]["spec"]


def expected(read_only: bool) -> tuple[dict, dict]:
    nfs: dict[str, object] = {"server": EXPORT.server, "path": EXPORT.path}
    mount: dict[str, object] = {"name": NAME, "mountPath": repository.MOUNT_PATH}
    if read_only:  # the API server leaves false out
        nfs["readOnly"] = mount["readOnly"] = True
    return {"name": NAME, "nfs": nfs}, mount


@pytest.mark.parametrize("role", [labels.SOURCE, labels.DESTINATION])
def test_a_mover_job_gets_the_repository_read_only_for_a_restore(mover, namespace, role):
    pod_spec = pod(mover.create(job(namespace, "j", role)))
    volume, mount = expected(role == labels.DESTINATION)
    assert pod_spec["volumes"] == [volume]
    assert pod_spec["containers"][0]["volumeMounts"] == [mount]


def test_what_the_job_brings_along_stays_in_place(mover, namespace):
    cache = {"name": "cache", "emptyDir": {}}
    containers = [
        {"name": "a", "image": "i:1", "volumeMounts": [{"name": "cache", "mountPath": "/cache"}]},
        {"name": "b", "image": "i:1"},
    ]
    manifest = job(namespace, "j", labels.SOURCE, volumes=[cache], containers=containers)
    pod_spec = pod(mover.create(manifest))
    assert [volume["name"] for volume in pod_spec["volumes"]] == ["cache", NAME]
    mounts = [[m["name"] for m in c["volumeMounts"]] for c in pod_spec["containers"]]
    assert mounts == [["cache", NAME], [NAME]]


def test_a_job_that_has_it_is_left_as_it_is(mover, namespace):
    volume, mount = expected(read_only=False)
    containers = [{"name": "a", "image": "i:1", "volumeMounts": [mount]}]
    manifest = job(namespace, "j", labels.SOURCE, volumes=[volume], containers=containers)
    pod_spec = pod(mover.create(manifest))
    assert pod_spec["volumes"] == [volume]
    assert pod_spec["containers"][0]["volumeMounts"] == [mount]


def test_an_update_without_the_volume_does_not_loop(mover, namespace):
    created = mover.create(job(namespace, "j", labels.SOURCE))
    path = mover.path(created, "j")
    stripped = mover.get(created)
    del stripped["metadata"]["resourceVersion"]  # the Job controller writes beside us
    pod(stripped).pop("volumes")
    for container in pod(stripped)["containers"]:
        container.pop("volumeMounts")
    updated = mover.call("PUT", path, stripped)
    assert updated["metadata"]["generation"] == created["metadata"]["generation"]
    assert updated["metadata"]["uid"] == created["metadata"]["uid"]


def test_a_job_from_before_the_policy_can_still_be_updated(mover, namespace):
    live = mover.create(job(namespace, "j", None))
    marks = {"metadata": {"labels": {labels.ROLE: labels.SOURCE}}}
    assert "volumes" not in pod(mover.merge(live, marks))


def test_another_movers_job_is_left_alone(mover, namespace):
    assert "volumes" not in pod(mover.create(job(namespace, "j", None)))


@pytest.mark.parametrize("role", [labels.SOURCE, labels.DESTINATION])
def test_a_job_that_anybody_else_labels_gets_nothing_even_unguarded(kyverno, namespace, role):
    """The two policies stand each for itself."""
    manifest, binding = job(namespace, "j", role), mover_label.objects()[1]
    kyverno.api.delete(binding)
    try:
        eventually(lambda: is_admitted(kyverno.api, manifest))
        live = kyverno.api.create(manifest, dry_run=True)
        assert "volumes" not in pod(live)
        assert "volumeMounts" not in pod(live)["containers"][0]
    finally:
        kyverno.api.apply(binding)
    eventually(lambda: not is_admitted(kyverno.api, manifest))
