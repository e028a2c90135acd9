"""The policy pack under the real CLI: what it stops, what it lets through, and what it says."""

import pytest

from contract.labels import REASON
from tests.cli import pulumi_cli
from tests.cli.pulumi_cli import PACK

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
    given = pulumi_cli.pack_config(cli, backup_label={"excludedNamespaces": ["apps"]})
    _, code, output = _run(cli, PREVIEW, {}, "--policy-pack-config", given)
    assert code == 0, output


def test_it_only_advises_where_its_configuration_says_so(cli):
    given = pulumi_cli.pack_config(cli, backup_label="advisory")
    _, code, output = _run(cli, PREVIEW, {}, "--policy-pack-config", given)
    assert code == 0, output
    assert "has no label backup" in output


def test_a_label_that_is_not_known_at_preview_does_not_pass(cli):
    _, code, output = _run(cli, PREVIEW, {"isLabelUnknown": True})
    assert code != 0
    assert "is not known at preview" in output
