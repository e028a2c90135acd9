"""kubectl commands of the pages, each on an API server that holds what it asks for."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from contract import repository, scope
from contract.scope import MOVERS_NAMESPACE
from lab.cluster import sources
from manifests.external_secrets import external_secret
from tests.integration.kyverno import answers, deployed, kinds
from tests.integration.kyverno.api import Refused, eventually
from tests.integration.kyverno.objects import bound, job, pvc, ref
from tests.integration.kyverno.test_mover_content import content
from tests.project.pages.registry import texts_given_to
from tests.project.pages.terminal import Terminal

NAMESPACE, PVC = "documented", "data"
PODS = "/api/v1/namespaces/{}/pods?labelSelector=app.kubernetes.io/name={}"
EVENTS = "/api/v1/namespaces/default/events?fieldSelector=reason=PolicyViolation"
SNAPSHOT_KINDS = ("volumesnapshotclasses", "volumesnapshotcontents")
CLASSES = """
{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: x}, provisioner: csi.x}
---
apiVersion: snapshot.storage.k8s.io/v1
kind: VolumeSnapshotClass
metadata: {name: x}
driver: csi.x
deletionPolicy: Delete
"""


VALUES = {"namespace": NAMESPACE, "pvc": PVC, "snapshot id": "cafe30", "kind": "pvc", "name": PVC}


@pytest.fixture(scope="module")
def terminal(kyverno, shell, mover) -> Iterator[Terminal]:
    """The program, a PVC with its objects, a mover's Job, a drill, and a PVC that was denied."""
    api = kyverno.api
    crds = sources.SNAPSHOT_API.folder() / "config/crd"
    for kind in SNAPSHOT_KINDS:
        group = "snapshot.storage.k8s.io"
        kinds.serve(shell, crds / f"{group}_{kind}.yaml", f"{kind}.{group}")
    shell.must("kubectl create -f -", CLASSES)
    api.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    deployed.deploy(api)
    bound(api, pvc(NAMESPACE, PVC))
    pin = ref("v1", "ConfigMap", scope.VOLSYNC_NAMESPACE, repository.PIN_CONFIG_MAP)
    api.merge(pin, {"data": {repository.SHARED_KEY: "another cluster"}})
    mover.create(job(NAMESPACE, "mover", "source"))
    mover.create(content("left"))
    api.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": MOVERS_NAMESPACE}})
    system = {"name": repository.SYSTEM_SECRET, "namespace": MOVERS_NAMESPACE}
    password = kyverno.params.password
    api.apply(external_secret(system, secret=repository.SYSTEM_SECRET, password=password))
    drill = f"--from=cronjob/{scope.RESTORE_PROOF}"
    shell.must(f"kubectl -n {scope.RESTORE_PROOF} create job a-drill {drill}")
    kyverno.script.set_answers(f"{NAMESPACE}/denied", answers.unknown("disk on fire"))
    with pytest.raises(Refused):
        api.create(pvc(NAMESPACE, "denied"))
    eventually(lambda: api.call("GET", EVENTS)["items"])
    pods = PODS.format(scope.VOLSYNC_NAMESPACE, "pvc-plumber")
    eventually(lambda: api.call("GET", pods)["items"])
    yield replace(shell, values=VALUES)
    api.call("DELETE", f"/api/v1/namespaces/{NAMESPACE}/persistentvolumeclaims")


@pytest.mark.parametrize("text", texts_given_to(__file__))
def test_a_command_finds_or_changes_what_it_names(terminal, text):
    done = terminal.run(text)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() != ""
    assert done.stderr == ""  # where kubectl says that it has found nothing
