"""What holds for all policies on the real engine."""

import subprocess

import yaml

from contract.scope import VOLSYNC_NAMESPACE
from docgen import goldens as golden
from manifests import external_secrets
from manifests.policies.bind_gate import WAITS
from manifests.render import all_policies, kyverno_objects
from tests.integration.kyverno import answers
from tests.integration.kyverno.conftest import REPORTS_READY, is_ready
from tests.integration.kyverno.objects import pvc
from tests.tooling import tool


def test_every_policy_is_ready(kyverno):
    late = [
        policy["metadata"]["name"]
        for policy in all_policies(kyverno.params)
        if policy["kind"] in REPORTS_READY and not is_ready(kyverno.api, policy)
    ]
    assert late == []


def test_a_second_apply_changes_nothing(kyverno):
    objects = kyverno_objects(kyverno.params)
    stored = [kyverno.api.get(obj) for obj in objects]
    again = [kyverno.api.apply(obj, dry_run=True) for obj in objects]
    for before, after in zip(stored, again, strict=True):
        assert (
            before["spec" if "spec" in before else "rules"]
            == after["spec" if "spec" in after else "rules"]
        )


def test_the_stored_spec_is_the_one_we_wrote(kyverno):
    for policy in all_policies(kyverno.params):
        assert kyverno.api.get(policy)["spec"] == policy["spec"], policy["metadata"]["name"]


def test_kubectl_sees_no_difference(kyverno, tmp_path):
    file = tmp_path / "policies.yaml"
    file.write_text(yaml.safe_dump_all(kyverno_objects(kyverno.params)))
    kubectl = tool("kubectl")
    options = ["--server-side", "--field-manager=test", f"--kubeconfig={kyverno.plane.kubeconfig}"]
    command = [kubectl, "diff", *options, "-f", file]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout) == (0, ""), run.stdout + run.stderr


def test_no_webhook_matches_a_pvc_without_our_labels_that_waits_for_no_restore(kyverno):
    group = "/apis/admissionregistration.k8s.io/v1"
    names = []
    for kind in ("validating", "mutating"):
        path = f"{group}/{kind}webhookconfigurations/kyverno-resource-{kind}-webhook-cfg"
        for webhook in kyverno.api.call("GET", path)["webhooks"]:
            selector = webhook["objectSelector"].get("matchExpressions")
            conditions = {condition["name"] for condition in webhook.get("matchConditions", [])}
            assert selector or WAITS in conditions, webhook["name"]
            excluded = webhook["namespaceSelector"]["matchExpressions"][0]
            assert excluded["operator"] == "NotIn"
            assert set(kyverno.params.excluded) <= set(excluded["values"])
            names.append(webhook["name"])
    assert names


def test_the_api_server_knows_every_field_of_what_we_apply(kyverno, namespace):
    for path, text in golden.manifests().items():
        for obj in yaml.safe_load_all(text):
            if obj["kind"] == "PrometheusRule":
                continue  # promtool reads its rules, tests/integration/cli
            if "namespace" in obj["metadata"]:
                # The store of the password may be named by its own namespaces alone.
                is_secret = obj["kind"] == external_secrets.SECRET
                obj["metadata"]["namespace"] = VOLSYNC_NAMESPACE if is_secret else namespace
            assert kyverno.api.apply(obj, dry_run=True), path


def test_pvc_plumber_is_asked_by_an_absolute_name(kyverno, namespace):
    """Kyverno's client resolves it as it stands, and names it so in its requests."""
    kyverno.script.set_answers(namespace, answers.fresh())
    kyverno.api.create(pvc(namespace, "data"))
    assert kyverno.script.hosts == {kyverno.params.plumber_url.removeprefix("http://")}
    assert all(host.partition(":")[0].endswith(".") for host in kyverno.script.hosts)
