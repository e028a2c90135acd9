"""The repository's volume in mover Jobs."""

import pytest

from contract import labels, repository
from tests.integration.kyverno.conftest import EXPORT
from tests.integration.kyverno.objects import job

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
def test_a_mover_job_gets_the_repository_read_only_for_a_restore(kyverno, namespace, role):
    pod_spec = pod(kyverno.api.create(job(namespace, "j", role)))
    volume, mount = expected(role == labels.DESTINATION)
    assert pod_spec["volumes"] == [volume]
    assert pod_spec["containers"][0]["volumeMounts"] == [mount]


def test_what_the_job_brings_along_stays_in_place(kyverno, namespace):
    cache = {"name": "cache", "emptyDir": {}}
    containers = [
        {"name": "a", "image": "i:1", "volumeMounts": [{"name": "cache", "mountPath": "/cache"}]},
        {"name": "b", "image": "i:1"},
    ]
    manifest = job(namespace, "j", labels.SOURCE, volumes=[cache], containers=containers)
    pod_spec = pod(kyverno.api.create(manifest))
    assert [volume["name"] for volume in pod_spec["volumes"]] == ["cache", NAME]
    mounts = [[m["name"] for m in c["volumeMounts"]] for c in pod_spec["containers"]]
    assert mounts == [["cache", NAME], [NAME]]


def test_a_job_that_has_it_is_left_as_it_is(kyverno, namespace):
    volume, mount = expected(read_only=False)
    containers = [{"name": "a", "image": "i:1", "volumeMounts": [mount]}]
    manifest = job(namespace, "j", labels.SOURCE, volumes=[volume], containers=containers)
    pod_spec = pod(kyverno.api.create(manifest))
    assert pod_spec["volumes"] == [volume]
    assert pod_spec["containers"][0]["volumeMounts"] == [mount]


def test_an_update_without_the_volume_does_not_loop(kyverno, namespace):
    created = kyverno.api.create(job(namespace, "j", labels.SOURCE))
    path = kyverno.api.path(created, "j")
    stripped = kyverno.api.get(created)
    del stripped["metadata"]["resourceVersion"]  # the Job controller writes beside us
    pod(stripped).pop("volumes")
    for container in pod(stripped)["containers"]:
        container.pop("volumeMounts")
    updated = kyverno.api.call("PUT", path, stripped)
    assert updated["metadata"]["generation"] == created["metadata"]["generation"]
    assert updated["metadata"]["uid"] == created["metadata"]["uid"]


def test_a_job_from_before_the_policy_can_still_be_updated(kyverno, namespace):
    live = kyverno.api.create(job(namespace, "j", None))
    marks = {"metadata": {"labels": {labels.ROLE: labels.SOURCE}}}
    assert "volumes" not in pod(kyverno.api.merge(live, marks))


def test_another_movers_job_is_left_alone(kyverno, namespace):
    assert "volumes" not in pod(kyverno.api.create(job(namespace, "j", None)))
