"""No pod of an application mounts the repository, whatever it calls the path."""

import pytest

from contract.labels import ROLE, SOURCE
from contract.scope import JOB_CONTROLLERS, VOLSYNC_NAMESPACE
from tests.integration.kyverno.api import Refused
from tests.integration.kyverno.conftest import EXPORT
from tests.integration.kyverno.objects import appears, ref

WORDS = "mounts the export of the backup repository"
CSI = "nfs.csi.k8s.io"
REACHING = [
    EXPORT.path,
    f"{EXPORT.path}/",
    f"{EXPORT.path}/deeper",
    f"{EXPORT.path}//",
    "/",
    "/export",
    "/export/",
    "//export/kopia",
    "/export/./kopia",
    "/export/other/../kopia",
    "/export/kopia/..",
]
OTHER = ["/export/kopia-of-others", "/exports", "/export/k", "/home"]


def nfs(path: str, server: str = EXPORT.server) -> dict:
    return {"nfs": {"server": server, "path": path}}


def csi(path: str, server: str = EXPORT.server) -> dict:
    return {"csi": {"driver": CSI, "volumeAttributes": {"server": server, "share": path}}}


def pod(namespace: str, *volumes: dict, **marks: str) -> dict:
    named = [{"name": f"v{number}", **volume} for number, volume in enumerate(volumes)]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p", "namespace": namespace, "labels": marks},
        "spec": {"containers": [{"name": "c", "image": "i:1"}], "volumes": named},
    }


@pytest.fixture
def place(kyverno, namespace) -> str:
    appears(kyverno.api, ref("v1", "ServiceAccount", namespace, "default"))
    return namespace


@pytest.mark.parametrize("path", REACHING)
@pytest.mark.parametrize("volume", [nfs, csi])
def test_a_pod_that_would_reach_it_is_refused(kyverno, place, volume, path):
    with pytest.raises(Refused, match=WORDS):
        kyverno.api.create(pod(place, {"emptyDir": {}}, volume(path)), dry_run=True)


@pytest.mark.parametrize("path", OTHER)
@pytest.mark.parametrize("volume", [nfs, csi])
def test_other_paths_of_the_server_are_free(kyverno, place, volume, path):
    assert kyverno.api.create(pod(place, volume(path)), dry_run=True)


@pytest.mark.parametrize("volume", [nfs, csi])
def test_other_servers_are_free(kyverno, place, volume):
    assert kyverno.api.create(pod(place, volume(EXPORT.path, "198.51.100.1")), dry_run=True)


def test_pods_without_volumes_and_with_other_drivers_are_free(kyverno, place):
    inline = {"csi": {"driver": "secrets-store.csi.k8s.io", "readOnly": True}}
    assert kyverno.api.create(pod(place), dry_run=True)
    assert kyverno.api.create(pod(place, inline), dry_run=True)


def test_the_label_that_lets_movers_pass_is_denied_to_others(kyverno, place):
    with pytest.raises(Refused, match=ROLE):
        kyverno.api.create(pod(place, nfs(EXPORT.path), **{ROLE: SOURCE}), dry_run=True)


def test_movers_and_our_own_pods_mount_it(kyverno, place):
    appears(kyverno.api, ref("v1", "ServiceAccount", VOLSYNC_NAMESPACE, "default"))
    assert kyverno.api.create(pod(VOLSYNC_NAMESPACE, nfs(EXPORT.path)), dry_run=True)
    made = pod(place, nfs(EXPORT.path), **{ROLE: SOURCE})
    owner = {"apiVersion": "batch/v1", "kind": "Job", "name": "j", "uid": "1", "controller": True}
    made["metadata"]["ownerReferences"] = [owner]
    controller = kyverno.plane.api_of(JOB_CONTROLLERS[0])
    assert controller.create(made, dry_run=True)
