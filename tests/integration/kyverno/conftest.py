"""One control plane with all our policies for this folder; a namespace of its own per test."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count

import pytest

from contract import repository, scope
from contract.environment import Isolation
from contract.repository import NfsExport
from lab.cluster import sources
from manifests.params import PolicyParams
from manifests.render import kyverno_objects, native_policies
from tests.integration.kyverno import answers, control_plane, own_webhook
from tests.integration.kyverno.api import Api, Refused, eventually
from tests.integration.kyverno.objects import appears, parts, pvc
from tests.integration.kyverno.orphans import Orphans, arrange
from tests.integration.kyverno.own_webhook import OwnWebhook
from tests.integration.kyverno.scene import PIN, SNAPSHOT, Scene
from tests.project.pages.terminal import Terminal
from tests.tooling import tool

EXCLUDED = "left-alone"
EXPORT = NfsExport(server="192.0.2.1", path="/export/kopia")
CLEANUP = "*/1 * * * *"
# A DeletingPolicy has no webhook and never reports a condition.
REPORTS_READY = {"ValidatingPolicy", "MutatingPolicy", "GeneratingPolicy"}
_numbers = count(1)


@dataclass(frozen=True)
class Kyverno:
    """What a test of the policies works with."""

    plane: control_plane.ControlPlane
    script: answers.Script
    params: PolicyParams
    admission: subprocess.Popen[bytes]
    webhook: OwnWebhook

    @property
    def api(self) -> Api:
        return self.plane.api


def _crds() -> Iterator[dict]:
    volsync = sources.VOLSYNC.folder() / "config/crd/bases"
    eso = sources.EXTERNAL_SECRETS.folder() / "config/crds/bases"
    files = [*volsync.glob("*.yaml"), *eso.glob("external-secrets.io_*.yaml")]
    for file in files:
        crd = sources.yaml_object(file)
        crd["spec"].pop("conversion", None)  # its webhook does not run here
        yield crd


def _namespace(api: Api, name: str) -> str:
    api.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    return name


def is_ready(api: Api, policy: dict) -> bool:
    """Whether Kyverno has compiled the policy and set its webhook up."""
    status = (api.get(policy) or {}).get("status", {}).get("conditionStatus", {})
    return status.get("ready", False) is True


@pytest.fixture(scope="session")
def kyverno(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kyverno]:
    folder = tmp_path_factory.mktemp("control-plane")
    with ExitStack() as stack:
        plane = stack.enter_context(control_plane.running(folder))
        script = stack.enter_context(answers.served())
        for crd in _crds():
            plane.api.apply(crd)
        admission = control_plane.start_kyverno(plane, script.host)
        params = PolicyParams(
            isolation=Isolation.NAMESPACE,  # where all of our objects are made, Secrets too
            excluded=scope.excluded_namespaces([EXCLUDED]),
            export=EXPORT,
            repository=EXPORT,
            plumber_url=script.url,
            cleanup=CLEANUP,
        )
        _namespace(plane.api, EXCLUDED)
        _namespace(plane.api, scope.VOLSYNC_NAMESPACE)
        pin = {"name": repository.PIN_CONFIG_MAP, "namespace": scope.VOLSYNC_NAMESPACE}
        plane.api.apply(
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": pin,
                "data": {repository.PIN_KEY: PIN},
            }
        )
        webhook = stack.enter_context(own_webhook.served(params, folder))
        plane.api.apply(webhook.configuration)
        objects = kyverno_objects(params)
        # Kyverno's own webhook refuses a policy whose CEL does not compile.
        eventually(lambda: _has_webhooks(plane.api), control_plane.START)
        for obj in objects:
            eventually(lambda obj=obj: _applied(plane.api, obj), control_plane.START)
        for obj in objects:
            if obj["kind"] in REPORTS_READY:
                eventually(lambda obj=obj: is_ready(plane.api, obj), control_plane.START)
        for obj in native_policies(params):
            plane.api.apply(obj)
        yield Kyverno(plane, script, params, admission, webhook)


def _has_webhooks(api: Api) -> bool:
    path = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
    names = {item["metadata"]["name"] for item in api.call("GET", path)["items"]}
    return "kyverno-policy-validating-webhook-cfg" in names


def _applied(api: Api, obj: dict) -> bool:
    """Apply; until Kyverno's own webhook serves, it refuses."""
    try:
        api.apply(obj)
    except Refused as refused:
        if refused.code == 500 and "failed calling webhook" in str(refused):
            return False
        raise
    return True


@pytest.fixture(scope="session", autouse=True)
def orphans(kyverno: Kyverno) -> Orphans:
    """Arranged first, looked at last, because the cleanup ticks only once a minute."""
    return arrange(kyverno.api)


@pytest.fixture(scope="session")
def shell(kyverno: Kyverno, tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """kubectl in the hands of an administrator."""
    home = tmp_path_factory.mktemp("home")  # for kubectl's cache
    path = f"{tool('kubectl').parent}:{os.defpath}"
    config = str(kyverno.plane.kubeconfig)
    return Terminal(home, {"PATH": path, "HOME": str(home), "KUBECONFIG": config})


@pytest.fixture
def namespace(kyverno: Kyverno) -> Iterator[str]:
    name = _namespace(kyverno.api, f"app-{next(_numbers)}")
    yield name
    # Each background scan looks at every PVC there is, and new ones wait for its end.
    kyverno.api.call("DELETE", f"/api/v1/namespaces/{name}/persistentvolumeclaims")


@pytest.fixture(scope="session")
def mover(kyverno: Kyverno) -> Api:
    """The API server as the mover asks it."""
    return kyverno.plane.api_of(scope.MOVER_ACCOUNT)


@pytest.fixture(scope="session")
def volsync(kyverno: Kyverno) -> Api:
    """The API server as VolSync asks it."""
    return kyverno.plane.api_of(scope.VOLSYNC_ACCOUNT)


@pytest.fixture
def scene(kyverno: Kyverno, namespace: str) -> Scene:
    kyverno.script.set_answers(namespace, answers.restore(SNAPSHOT))
    # A class of its own: a volume that fits would else be taken by any PVC that waits.
    live = kyverno.api.create(pvc(namespace, storageClassName=namespace))
    return Scene(kyverno.api, live, appears(kyverno.api, parts(namespace)["destination"]))
