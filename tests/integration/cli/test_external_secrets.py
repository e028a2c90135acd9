"""What External Secrets' chart gives to people, rendered as the stack installs it."""

import pytest
import yaml

from components.external_secrets import NAME
from lab.cluster import charts
from tests.integration.cli import pulumi_cli
from tests.integration.cli.pulumi_cli import ROOT, STUB_CHART

STUB = {"chart": {"path": STUB_CHART}}
REAL = {"install": True, "chart": {"path": "lab/charts/external-secrets"}}
VALUES = {"kyverno": STUB, "volsync": STUB, "externalSecrets": REAL}
CRD = "CustomResourceDefinition"
PUSHING = {"pushsecrets", "clusterpushsecrets"}


@pytest.fixture(scope="module")
def objects(tmp_path_factory):
    """Everything that the stack consists of, the chart's objects among it."""
    charts.prepare()
    home = tmp_path_factory.mktemp("render")
    cli = pulumi_cli.cli(home)
    folder = home / "out"
    path = pulumi_cli.copied_stack(cli, "prod", {**VALUES, "render": {"folder": str(folder)}})
    words = ("up", "--yes", "--skip-preview", "--suppress-progress", "--stack", "prod")
    cli.must(*words, "--config-file", str(path), cwd=ROOT)
    texts = [file.read_text() for file in folder.rglob("*.yaml")]
    return [yaml.load(text, yaml.CSafeLoader) for text in texts]


def rights(objects, role):
    """Pairs of resource and verb on the kinds of External Secrets that a role of people gets."""
    label = f"rbac.authorization.k8s.io/aggregate-to-{role}"
    return {
        (resource, verb)
        for item in objects
        if item["kind"] == "ClusterRole" and (item["metadata"].get("labels") or {}).get(label)
        for rule in item["rules"]
        if any(group.endswith("external-secrets.io") for group in rule["apiGroups"])
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def operator(objects):
    (deployment,) = (
        item
        for item in objects
        if item["kind"] == "Deployment" and item["metadata"]["name"] == NAME
    )
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    return container


@pytest.mark.parametrize("role", ["view", "edit"])
def test_whoever_may_view_or_edit_a_namespace_gets_none_of_its_kinds(objects, role):
    assert rights(objects, role) == set()


def test_the_chart_gives_its_kinds_to_a_namespaces_administrator_who_pushes_nothing(objects):
    """Chart 0.16.2 writes that label whatever its values are; docs/security.md says so."""
    administrator = rights(objects, "admin")
    assert ("externalsecrets", "create") in administrator
    assert not PUSHING & {resource for resource, _ in administrator}


def test_nothing_is_pushed_into_a_store(objects):
    assert {
        "--enable-push-secret-reconciler=false",
        "--enable-cluster-push-secret-reconciler=false",
    } <= {*operator(objects)["args"]}
    (role,) = (
        item
        for item in objects
        if item["kind"] == "ClusterRole" and item["metadata"]["name"] == f"{NAME}-controller"
    )
    resources = {resource for rule in role["rules"] for resource in rule["resources"]}
    assert "externalsecrets" in resources
    assert not PUSHING & resources
