"""The policy pack under the real CLI: what it stops, what it lets through, and what it says."""

import pytest

from contract.labels import REASON
from tests.integration.cli import pulumi_cli
from tests.integration.cli.pulumi_cli import PACK

RENDERED = "rendered/1-manifest/v1-persistentvolumeclaim-apps-data.yaml"


@pytest.fixture
def cli(tmp_path):
    return pulumi_cli.cli(tmp_path)


def _run(cli, command, values, *more):
    folder = pulumi_cli.app(cli, values)
    words = (*command, "--stack", "dev", "--policy-pack", str(PACK), *more)
    run = cli.run(*words, cwd=folder)
    return folder, run.returncode, run.stdout + run.stderr


PREVIEW, UP = ("preview",), ("up", "--yes", "--skip-preview")


@pytest.mark.parametrize("command", [PREVIEW, UP], ids=["preview", "up"])
def test_an_unlabelled_pvc_stops_it_and_is_told_what_to_write(cli, command):
    folder, code, output = _run(cli, command, {})
    assert code != 0
    assert "PersistentVolumeClaim apps/data: has no label backup" in output
    for word in ("hourly", "daily", "none", REASON):
        assert word in output
    assert not (folder / RENDERED).exists()


@pytest.mark.parametrize("command", [PREVIEW, UP], ids=["preview", "up"])
def test_a_labelled_pvc_passes(cli, command):
    folder, code, output = _run(cli, command, {"labels": {"backup": "daily"}})
    assert code == 0, output
    assert (folder / RENDERED).exists() is (command == UP)


def test_an_excluded_namespace_passes(cli):
    _, code, output = _run(cli, PREVIEW, {"namespace": "kube-system"})
    assert code == 0, output


def test_the_packs_configuration_excludes_more_namespaces(cli):
    config = pulumi_cli.pack_config(cli, backup_label={"excludedNamespaces": ["apps"]})
    _, code, output = _run(cli, PREVIEW, {}, "--policy-pack-config", config)
    assert code == 0, output


def test_a_misspelt_setting_of_the_pack_is_told_once(cli):
    config = pulumi_cli.pack_config(cli, storage_class={"snapshotCapabel": ["fast"]})
    _, code, output = _run(
        cli, PREVIEW, {"namespace": "kube-system"}, "--policy-pack-config", config
    )
    assert code != 0
    assert output.count("snapshotCapabel is no setting of this policy. snapshotCapable is") == 1


def test_it_only_advises_where_its_configuration_says_so(cli):
    config = pulumi_cli.pack_config(cli, backup_label="advisory")
    _, code, output = _run(cli, PREVIEW, {}, "--policy-pack-config", config)
    assert code == 0, output
    assert "has no label backup" in output


def test_a_label_that_is_not_known_at_preview_does_not_pass(cli):
    _, code, output = _run(cli, PREVIEW, {"isLabelUnknown": True})
    assert code != 0
    assert "is not known at preview" in output


@pytest.fixture(scope="module")
def every_way(tmp_path_factory):
    """What is said of a program in which PVCs without a valid label come in by every way."""
    cli = pulumi_cli.cli(tmp_path_factory.mktemp("ways"))
    folder = pulumi_cli.app(cli, {}, "ways")
    values = {"valued": ["persistence.labels"]}
    store = {"group": "example.test", "kind": "Store", "path": "spec.disk"}
    settings = pulumi_cli.pack_config(
        cli,
        backup_label={"valuePaths": values, "operators": [store]},
        hidden_claim={"valuePaths": values},
        storage_class={"snapshotCapable": ["fast"]},
    )
    words = ("--policy-pack", str(PACK), "--policy-pack-config", settings)
    run = cli.run("preview", "--stack", "dev", *words, cwd=folder)
    assert run.returncode != 0
    return run.stdout


@pytest.mark.parametrize(
    "violation",
    [
        "PersistentVolumeClaim apps/typed: has no label",
        "PersistentVolumeClaim apps/patched: label backup has a value that means nothing",
        "StatefulSet apps/set, volumeClaimTemplate templated: has no label",
        "Deployment apps/scratch, volumeClaimTemplate spec.template.spec.volumes[].ephemeral"
        ".volumeClaimTemplate: is deleted with its pod",
        "Prometheus apps/metrics, volumeClaimTemplate spec.storage.volumeClaimTemplate: has no",
        "StatefulSet apps/set-patched, volumeClaimTemplate t: label backup has a value that means",
        "Store apps/store, volumeClaimTemplate spec.disk: has no label",
        "CloudNativePG Cluster apps/db: spec.inheritedMetadata.labels gives its volumes the label",
        "PersistentVolumeClaim apps/db-1: belongs to a CloudNativePG cluster",
        "ReplicationSource apps/data-backup: is made by Kyverno",
        "PersistentVolumeClaim apps/tier: names no storage class",
        "PersistentVolumeClaim apps/tier: a refactoring of the program may delete it",
        "PersistentVolumeClaim apps/tier: while it is restored the update waits",
        "PersistentVolumeClaim apps/in-group: has no label",
        "PersistentVolumeClaim apps/in-file: has no label",
        "PersistentVolumeClaim apps/in-old-group: has no label",
        "PersistentVolumeClaim apps/in-kustomization: has no label",
        "PersistentVolumeClaim apps/new-in-chart: has no label",
        "PersistentVolumeClaim apps/old-in-chart: has no label",
        "Helm Release valued, values persistence.labels: has no label",
        "Helm Release release: the PVCs of its chart cannot be seen from here",
    ],
    ids=lambda text: text[:60],
)
def test_a_pvc_is_judged_whichever_way_it_comes_in(every_way, violation):
    assert violation in every_way


def test_a_users_module_of_the_same_name_is_not_taken_for_the_packs(cli):
    folder = pulumi_cli.app(cli, {"labels": {"backup": "daily"}})
    for name in ("contract", "policies"):
        (folder / f"{name}.py").write_text("raise SystemExit('the wrong one')\n")
    cli.must("preview", "--stack", "dev", "--policy-pack", str(PACK), cwd=folder)


def test_a_team_with_a_project_of_its_own_names_the_pack_by_its_folder(cli):
    folder = pulumi_cli.app(cli, {"labels": {"backup": "daily"}})
    config = pulumi_cli.pack_config(cli, restore_wait="remediate")
    words = ("--policy-pack", str(PACK), "--policy-pack-config", config)
    cli.must("up", "--yes", "--skip-preview", "--stack", "dev", *words, cwd=folder)
    assert 'pulumi.com/skipAwait: "true"' in (folder / RENDERED).read_text()
