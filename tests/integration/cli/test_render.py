"""The same program twice: onto a cluster, and as YAML. cli/test_render.py adds the charts."""

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from contract.scope import KYVERNO_NAMESPACE
from lab.cluster import charts
from tests.integration.cli import pulumi_cli
from tests.integration.cli.pulumi_cli import PACK, ROOT, STUB_CHART

WORDS = ("up", "--yes", "--skip-preview", "--suppress-progress", "--policy-pack", str(PACK))
REAL = {name: {"chart": {"path": f"lab/charts/{name}"}} for name in ("kyverno", "volsync")}
STUB = {name: {"chart": {"path": STUB_CHART}} for name in ("kyverno", "volsync")}
# Kyverno's CRDs are megabytes, and the CLI would write all of them after each of 180 objects.
ONE_CHECKPOINT = {"PULUMI_EXPERIMENTAL": "true", "PULUMI_SKIP_CHECKPOINTS": "true"}
CRD = "CustomResourceDefinition"


def _stack(home, values):
    """The CLI, and the words that render into `home/out`."""
    home.mkdir(exist_ok=True)
    cli = pulumi_cli.cli(home)
    folder = {"render": {"folder": str(home / "out")}}
    path = pulumi_cli.copied_stack(cli, "prod", {**values, **folder})
    return cli, path, (*WORDS, "--stack", "prod", "--config-file", str(path))


def _files(home):
    folder = home / "out"
    texts = {str(p.relative_to(folder)): p.read_text() for p in folder.rglob("*.yaml")}
    assert texts
    return texts


@pytest.fixture(scope="module")
def homes(tmp_path_factory):
    """Rendered twice, from two fresh states."""
    charts.prepare()
    folders = [tmp_path_factory.mktemp("render") / name for name in ("one", "two")]
    for home in folders:
        cli, _, words = _stack(home, REAL)
        replace(cli, more=ONE_CHECKPOINT).must(*words, cwd=ROOT)
    return folders


@pytest.fixture(scope="module")
def files(homes):
    return _files(homes[0])


@pytest.fixture(scope="module")
def objects(files):
    return {name: yaml.load(text, yaml.CSafeLoader) for name, text in files.items()}


def test_two_runs_are_equal(homes, files):
    assert _files(homes[1]) == files


def test_no_secret_is_in_any_file(files, objects):
    assert "Secret" not in {item["kind"] for item in objects.values()}
    assert "a-made-up-token" not in "".join(files.values())


def test_kinds_and_namespaces_come_before_all_that_needs_them(objects):
    for name, item in objects.items():
        folder = Path(name).parent.as_posix()
        assert (folder == "0/0-crd") is (item["kind"] == CRD), name
        assert (folder == "0/1-manifest") is (item["kind"] == "Namespace"), name
    namespaces = {
        item["metadata"]["name"] for item in objects.values() if item["kind"] == "Namespace"
    }
    used = {item["metadata"].get("namespace") for item in objects.values()} - {None}
    assert used == namespaces


def test_each_pod_in_volsyncs_namespace_has_one_network_policy_beside_the_denial(objects):
    """Those of VolSync's chart too, whose labels are not ours."""
    here = [
        item for item in objects.values() if item["metadata"].get("namespace") == "volsync-system"
    ]
    policies = {
        item["metadata"]["name"]: item["spec"]["podSelector"].get("matchLabels", {})
        for item in here
        if item["kind"] == "NetworkPolicy"
    }
    assert policies.pop("volsync-system") == {}
    templates = {}
    for item in here:
        spec = item.get("spec", {})
        spec = spec["jobTemplate"]["spec"] if item["kind"] == "CronJob" else spec
        if item["kind"] in ("CronJob", "Deployment", "Job"):
            templates[item["metadata"]["name"]] = spec["template"]["metadata"]["labels"]
    assert "volsync" in templates
    for name, labels in templates.items():
        assert [p for p, own in policies.items() if own.items() <= labels.items()] == [name]


def test_volsyncs_metrics_are_let_in_where_its_chart_serves_them(objects):
    def spec(kind, name):
        return next(
            item["spec"]
            for item in objects.values()
            if (item["kind"], item["metadata"]["name"]) == (kind, name)
        )

    (port,) = spec("Service", "volsync-metrics")["ports"]
    (rule,) = spec("NetworkPolicy", "volsync")["ingress"]
    assert [one["port"] for one in rule["ports"]] == [port["targetPort"]]
    (manager,) = spec("Deployment", "volsync")["template"]["spec"]["containers"]
    assert f"--metrics-bind-address=:{port['targetPort']}" in manager["args"]


def test_both_charts_are_whole_but_for_the_steps_of_helm(objects):
    """Their Deployments, and no Job that Helm would run before a removal."""
    deployments = {
        item["metadata"]["name"] for item in objects.values() if item["kind"] == "Deployment"
    }
    kyverno = {f"kyverno-{name}-controller" for name in ("admission", "background", "cleanup")}
    assert {*kyverno, "kyverno-reports-controller", "volsync"} <= deployments
    jobs = [item["metadata"]["name"] for item in objects.values() if item["kind"] == "Job"]
    assert jobs == ["kopia-bootstrap"]
    assert "helm.sh/hook" not in str(objects)


def test_charts_are_made_for_the_cluster_that_the_stack_describes(objects):
    """Its Kubernetes, without which Kyverno's chart refuses; and its Prometheus Operator."""
    scraped = {
        item["metadata"]["namespace"]
        for item in objects.values()
        if item["kind"] == "ServiceMonitor"
    }
    assert scraped == {KYVERNO_NAMESPACE, "volsync-system"}


def test_what_a_stack_no_longer_has_loses_its_file(tmp_path):
    cli, path, words = _stack(tmp_path, STUB)
    cli.must(*words, cwd=ROOT)
    before = _files(tmp_path)
    cli.must("config", "set", "--path", "kopiaUi.enabled", "false", "--config-file", str(path),
             "--stack", "prod", cwd=path.parent)  # fmt: skip
    cli.must(*words, cwd=ROOT)
    removed = set(before) - set(_files(tmp_path))
    assert len(removed) == 4
    assert all("kopia-ui" in name for name in removed)


def test_a_deployed_stack_is_refused_and_loses_nothing(tmp_path):
    cli, path, words = _stack(tmp_path, STUB)
    (path.parent / "__main__.py").write_text("import pulumi\n\npulumi.export('image', 'i')\n")
    cli.must("up", "--yes", "--skip-preview", "--stack", "prod", cwd=path.parent)
    for _ in range(2):  # the first refusal must not make it look like a rendered one
        run = cli.run(*words, cwd=ROOT)
        assert run.returncode != 0
        assert "render.folder: this stack is deployed to a cluster" in run.stdout + run.stderr
        assert not (tmp_path / "out").exists()
