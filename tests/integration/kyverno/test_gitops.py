"""What GitOps tools and StatefulSets see of a PVC that a policy has changed: nothing to fight."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from contract import labels
from contract.names import PVC_NAME_LIMIT
from tests.integration.kyverno import answers
from tests.integration.kyverno.api import eventually
from tests.integration.kyverno.objects import our_source, pvc
from tests.tooling import tool


class Git:
    """A manifest in a repository, and kubectl in the hands of a GitOps tool."""

    def __init__(self, kyverno, folder: Path, *flags: str) -> None:
        self.file, self.flags = folder / "app.yaml", flags
        self.kubeconfig = kyverno.plane.kubeconfig

    def write(self, manifest: dict) -> None:
        self.file.write_text(yaml.safe_dump(manifest))

    def run(self, verb: str, *more: str) -> subprocess.CompletedProcess[str]:
        command = [tool("kubectl"), f"--kubeconfig={self.kubeconfig}", verb, "-f", self.file]
        return subprocess.run(
            [*command, *self.flags, *more], capture_output=True, text=True, check=False
        )

    def apply(self) -> str:
        done = self.run("apply")
        assert done.returncode == 0, done.stderr
        return done.stdout

    def diff(self) -> str:
        done = self.run("diff")
        assert done.returncode in (0, 1), done.stderr
        return done.stdout


WAYS = {
    "client-side": [],
    "server-side": ["--server-side", "--field-manager=argocd-controller"],
    "server-side, by force": [
        "--server-side",
        "--field-manager=kustomize-controller",
        "--force-conflicts",
    ],
}


def marks(live: dict) -> tuple[dict, dict]:
    """Labels and annotations."""
    return live["metadata"].get("labels", {}), live["metadata"].get("annotations", {})


@pytest.fixture(params=WAYS.values(), ids=list(WAYS))
def git(request, kyverno, tmp_path) -> Git:
    return Git(kyverno, tmp_path, *request.param)


def test_a_restored_pvc_stays_in_sync_with_a_manifest_that_knows_nothing_of_it(
    kyverno, namespace, git
):
    kyverno.script.set_answers(namespace, answers.restore("cafe40"))
    manifest = pvc(namespace)
    git.write(manifest)
    git.apply()
    before = kyverno.api.get(manifest)
    assert before["spec"]["dataSourceRef"] == our_source()
    assert git.diff() == ""
    git.apply()
    second = kyverno.api.get(manifest)
    assert (second["spec"], marks(second)) == (before["spec"], marks(before))
    git.apply()
    assert kyverno.api.get(manifest) == second


def test_another_change_in_git_leaves_the_restore_alone(kyverno, namespace, git):
    kyverno.script.set_answers(namespace, answers.restore("cafe41"))
    git.write(pvc(namespace))
    git.apply()
    manifest = pvc(namespace, tier="daily", annotations={"team": "a"})
    git.write(manifest)
    git.apply()
    live = kyverno.api.get(manifest)
    assert live["metadata"]["labels"][labels.BACKUP] == "daily"
    assert live["metadata"]["annotations"][labels.RESTORE_FROM] == "cafe41"
    assert live["spec"]["dataSourceRef"] == our_source()
    assert git.diff() == ""


def test_git_may_name_the_source_and_later_drop_it(kyverno, namespace, git):
    kyverno.script.set_answers(namespace, answers.restore("cafe42"))
    manifest = pvc(namespace, dataSourceRef=our_source())
    git.write(manifest)
    git.apply()
    git.write(pvc(namespace))
    git.apply()
    assert kyverno.api.get(manifest)["spec"]["dataSourceRef"] == our_source()
    assert git.diff() == ""


def test_the_fields_that_a_policy_has_added_belong_to_nobody(kyverno, namespace, tmp_path):
    kyverno.script.set_answers(namespace, answers.restore("cafe44"))
    git = Git(kyverno, tmp_path, *WAYS["server-side"])
    git.write(pvc(namespace))
    git.apply()
    (manager,) = kyverno.api.get(pvc(namespace))["metadata"]["managedFields"]
    assert "f:dataSourceRef" not in manager["fieldsV1"]["f:spec"]
    assert "f:annotations" not in manager["fieldsV1"]["f:metadata"]


def test_a_replacement_without_the_source_is_refused_and_changes_nothing(
    kyverno, namespace, tmp_path
):
    kyverno.script.set_answers(namespace, answers.restore("cafe45"))
    git = Git(kyverno, tmp_path)
    git.write(pvc(namespace))
    git.apply()
    replaced = git.run("replace")
    assert "spec is immutable after creation" in replaced.stderr
    assert kyverno.api.get(pvc(namespace))["spec"]["dataSourceRef"] == our_source()


def test_a_pruned_pvc_is_restored_when_it_returns(kyverno, namespace, git):
    kyverno.script.set_answers(namespace, answers.fresh())
    git.write(pvc(namespace))
    git.apply()
    kyverno.api.delete(pvc(namespace))
    eventually(lambda: kyverno.api.get(pvc(namespace)) is None)
    kyverno.script.set_answers(namespace, answers.restore("cafe43"))
    git.apply()
    live = kyverno.api.get(pvc(namespace))
    assert live["spec"]["dataSourceRef"] == our_source()


def test_a_denied_sync_says_why_and_succeeds_later(kyverno, namespace, git):
    kyverno.script.set_answers(namespace, answers.unknown("disk on fire"))
    git.write(pvc(namespace))
    denied = git.run("apply")
    assert denied.returncode != 0
    assert "disk on fire" in denied.stderr
    kyverno.script.set_answers(namespace, answers.fresh())
    git.apply()


@pytest.fixture
def deployed(kyverno, namespace) -> Iterator[Callable[[str], None]]:
    """Deploys a StatefulSet; without its end it would make its PVCs for ever."""
    stateful_sets: list[dict] = []

    def deploy(name: str) -> None:
        stateful_sets.append(kyverno.api.create(stateful_set(namespace, name)))

    yield deploy
    for item in stateful_sets:
        kyverno.api.delete(item)


def stateful_set(namespace: str, name: str) -> dict:
    template = pvc(namespace)
    template["metadata"].pop("namespace")
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "replicas": 2,
            "podManagementPolicy": "Parallel",
            "selector": {"matchLabels": {"app": "x"}},
            "serviceName": "x",
            "template": {
                "metadata": {"labels": {"app": "x"}},
                "spec": {"containers": [{"name": "x", "image": "registry.local/x:1"}]},
            },
            "volumeClaimTemplates": [template],
        },
    }


def events(api, namespace: str) -> str:
    items = api.call("GET", f"/api/v1/namespaces/{namespace}/events")["items"]
    return json.dumps([item["message"] for item in items])


def test_each_pvc_of_a_stateful_set_gets_its_own_backup(kyverno, namespace, deployed):
    for number in (0, 1):
        kyverno.script.set_answers(
            f"{namespace}/data-x-{number}", answers.restore(f"cafe5{number}")
        )
    deployed("x")
    for number in (0, 1):
        name = f"data-x-{number}"
        manifest = pvc(namespace, name)
        live = eventually(lambda manifest=manifest: kyverno.api.get(manifest))
        assert live["spec"]["dataSourceRef"] == our_source(name)
        assert live["metadata"]["annotations"][labels.RESTORE_FROM] == f"cafe5{number}"


def test_a_stateful_set_says_why_its_pvc_is_denied_and_goes_on_when_it_is_not(
    kyverno, namespace, deployed
):
    kyverno.script.set_answers(namespace, answers.unknown("disk on fire"))
    deployed("x")
    eventually(lambda: "disk on fire" in events(kyverno.api, namespace))
    kyverno.script.set_answers(namespace, answers.fresh())
    eventually(lambda: kyverno.api.get(pvc(namespace, "data-x-0")), 60)


def test_a_stateful_set_whose_pvcs_get_too_long_a_name_says_so(kyverno, namespace, deployed):
    deployed("x" * (PVC_NAME_LIMIT - len("data--0") + 1))
    message = f"more than {PVC_NAME_LIMIT} characters"
    eventually(lambda: message in events(kyverno.api, namespace))
