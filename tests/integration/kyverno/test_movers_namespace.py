"""Nobody but the mover works in the movers' namespace, or enters a pod there."""

import re
from collections.abc import Iterator

import pytest

from components.pod import POD_SECURITY
from contract.labels import DESTINATION, ROLE, SOURCE
from contract.scope import JOB_CONTROLLERS, MOVERS_NAMESPACE, VOLUME_BINDERS
from lab.cluster import sources
from manifests.policies import movers_namespace
from tests.integration.kyverno import kinds
from tests.integration.kyverno.api import Api, Refused, eventually
from tests.integration.kyverno.objects import appears, job, pvc, ref
from tests.integration.kyverno.test_mover_label import pod, snapshot
from tests.project.pages.terminal import Terminal
from tests.unit.mover.manifest.test_job import NATIVE
from tests.unit.mover.manifest.test_job import job as mover_job

WORDS = f"namespace {MOVERS_NAMESPACE} is for the mover's own work: .* must not create or change"
ENTRY = f"namespace {MOVERS_NAMESPACE} is for the mover's own work: .* must not enter a mover's pod"
WAYS = ["exec?command=true&stdout=true", "attach?stdout=true", "portforward", "proxy"]
TENANT = "tenant"
STRANGERS = [
    TENANT,
    "system:serviceaccount:argocd:argocd-application-controller",
    "system:serviceaccount:volsync-system:volsync",
    "system:serviceaccount:kube-system:cronjob-controller",
    "system:serviceaccount:kube-system:replicaset-controller",
]


def running() -> dict:
    """A mover's pod, as it is there before its guards: its owner would have to be there too."""
    manifest = pod(MOVERS_NAMESPACE)
    return {**manifest, "metadata": {**manifest["metadata"], "name": "running"}}


def volume(name: str = "v") -> dict:
    return pvc(MOVERS_NAMESPACE, name, tier=None)


@pytest.fixture(scope="module", autouse=True)
def apart(kyverno, shell: Terminal) -> Iterator[None]:
    """The namespace as the stack makes it, with its guards."""
    crds = sources.SNAPSHOT_API.folder() / "config/crd"
    crd = "volumesnapshots.snapshot.storage.k8s.io"
    kinds.serve(shell, crds / "snapshot.storage.k8s.io_volumesnapshots.yaml", crd)
    meta = {"name": MOVERS_NAMESPACE, "labels": POD_SECURITY}
    kyverno.api.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": meta})
    appears(kyverno.api, ref("v1", "ServiceAccount", MOVERS_NAMESPACE, "default"))
    kyverno.api.create(running())
    objects = movers_namespace.objects()
    for obj in objects:
        kyverno.api.apply(obj)
    eventually(lambda: not is_made(kyverno.api, volume()))
    yield
    for obj in [*reversed(objects), running()]:
        kyverno.api.delete(obj)


def is_made(api: Api, manifest: dict) -> bool:
    """Whether it would be; a refusal for any other reason is a failure."""
    try:
        return bool(api.create(manifest, dry_run=True))
    except Refused as refused:
        if WORDS.partition(".*")[0] not in str(refused):
            raise
        return False


@pytest.fixture(scope="module")
def strangers(kyverno) -> list[Api]:
    """An administrator among them."""
    return [kyverno.api, *(kyverno.plane.api_of(user) for user in STRANGERS)]


@pytest.mark.parametrize(
    "manifest",
    [
        job(MOVERS_NAMESPACE, "j", None),
        pod(MOVERS_NAMESPACE),
        pod(MOVERS_NAMESPACE, "Job"),
        pod(MOVERS_NAMESPACE, "ReplicaSet"),
        volume(),
        snapshot(MOVERS_NAMESPACE),
    ],
    ids=["job", "pod", "pod of a job", "pod of a deployment", "volume", "snapshot"],
)
def test_nobody_else_creates_anything_that_could_work_there(strangers, manifest):
    for api in strangers:
        assert not is_made(api, manifest)


def test_the_mover_works_there(mover):
    for manifest in (
        job(MOVERS_NAMESPACE, "j", SOURCE),
        volume(),
        snapshot(MOVERS_NAMESPACE, **{ROLE: SOURCE}),
    ):
        assert mover.create(manifest, dry_run=True)
    assert not is_made(mover, pod(MOVERS_NAMESPACE))


@pytest.mark.parametrize("user", JOB_CONTROLLERS)
def test_pods_come_from_jobs(kyverno, user):
    controller = kyverno.plane.api_of(user)
    assert is_made(controller, pod(MOVERS_NAMESPACE, "Job"))
    assert not is_made(controller, pod(MOVERS_NAMESPACE, "ReplicaSet"))


def test_other_namespaces_are_not_concerned(kyverno, namespace):
    appears(kyverno.api, ref("v1", "ServiceAccount", namespace, "default"))
    for manifest in (job(namespace, "j", None), pod(namespace), pvc(namespace, tier=None)):
        assert kyverno.api.create(manifest, dry_run=True)


def test_the_image_of_a_movers_pod_is_not_exchanged_and_its_finalizers_are_free(kyverno, strangers):
    image = {"spec": {"containers": [{"name": "c", "image": "evil:1"}]}}
    path, by_name = kyverno.api.path(running(), "running"), "application/strategic-merge-patch+json"
    for api in strangers:
        with pytest.raises(Refused, match=WORDS):
            api.call("PATCH", path, image, by_name)
    controller = kyverno.plane.api_of(JOB_CONTROLLERS[0])
    for finalizers in (["batch.kubernetes.io/job-tracking"], []):
        controller.merge(running(), {"metadata": {"finalizers": finalizers}})


def test_a_movers_job_is_changed_by_the_mover_alone_and_goes_when_it_is_deleted(
    kyverno, mover, strangers
):
    live = mover.create(job(MOVERS_NAMESPACE, "kept", SOURCE))
    for patch in (
        {"spec": {"suspend": False}},
        {"metadata": {"annotations": {"volsync.backup/sync": "forged"}}},
    ):
        for api in strangers:
            with pytest.raises(Refused, match=WORDS):
                api.merge(live, patch)
    collector = kyverno.plane.api_of("system:serviceaccount:kube-system:generic-garbage-collector")
    collector.merge(live, {"metadata": {"finalizers": ["a.test/b"]}})
    collector.merge(live, {"metadata": {"finalizers": []}})
    mover.call("DELETE", mover.path(live, "kept") + "?propagationPolicy=Foreground")
    eventually(lambda: kyverno.api.get(live) is None)


def test_a_movers_volume_is_bound_by_kubernetes_alone(kyverno, mover, strangers):
    live = mover.create(volume("bound"))
    chosen = {"spec": {"volumeName": "theirs"}}
    for api in strangers:
        with pytest.raises(Refused, match=WORDS):
            api.merge(live, chosen)
        api.merge(live, {"metadata": {"annotations": {"volume.kubernetes.io/selected-node": "n"}}})
    for user in VOLUME_BINDERS:
        assert kyverno.plane.api_of(user).merge(live, chosen, dry_run=True)
    kyverno.api.delete(live)


def careless(role: str) -> dict:
    """A tenant's rights in the movers' namespace."""
    rbac = "rbac.authorization.k8s.io"
    return {
        "apiVersion": f"{rbac}/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "careless", "namespace": MOVERS_NAMESPACE},
        "roleRef": {"apiGroup": rbac, "kind": "ClusterRole", "name": role},
        "subjects": [{"apiGroup": rbac, "kind": "User", "name": TENANT}],
    }


def asked(shell: Terminal, way: str, user: str) -> str:
    """What the API server says to somebody who wants into the pod."""
    path = f"/api/v1/namespaces/{MOVERS_NAMESPACE}/pods/running/{way}"
    return shell.run(f"kubectl get --raw '{path}' {user}").stderr


@pytest.mark.parametrize("way", WAYS)
def test_a_tenant_with_a_role_binding_enters_no_pod(kyverno, shell, way):
    binding = careless("admin")
    kyverno.api.apply(binding)
    try:
        eventually(lambda: re.search(ENTRY, asked(shell, way, f"--as={TENANT}")))
    finally:
        kyverno.api.delete(binding)


@pytest.mark.parametrize("way", WAYS)
def test_who_may_remove_the_policy_may_look_into_a_pod(shell, way):
    """It fails over the node that is not there, not over the policy."""
    answer = asked(shell, way, "")
    assert answer
    assert "must not enter" not in answer


def test_a_tenant_adds_no_container_to_a_movers_pod(kyverno, shell):
    binding = careless("cluster-admin")
    kyverno.api.apply(binding)
    words = f"kubectl -n {MOVERS_NAMESPACE} --as={TENANT} debug running --image=evil:1"
    try:
        eventually(lambda: re.search(ENTRY, shell.run(words).stderr))
    finally:
        kyverno.api.delete(binding)


@pytest.mark.parametrize("role", [SOURCE, DESTINATION])
def test_the_namespaces_pod_security_lets_movers_in_and_no_host_path(kyverno, role):
    made = mover_job(role, config=NATIVE)["spec"]["template"]
    manifest = pod(MOVERS_NAMESPACE, "Job", **made["metadata"]["labels"])
    manifest["spec"] = made["spec"]
    controller = kyverno.plane.api_of(JOB_CONTROLLERS[0])
    assert any("nfs" in one for one in manifest["spec"]["volumes"])
    assert is_made(controller, manifest)
    manifest["spec"]["volumes"].append({"name": "h", "hostPath": {"path": "/"}})
    with pytest.raises(Refused, match="violates PodSecurity"):
        controller.create(manifest, dry_run=True)
