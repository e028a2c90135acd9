"""`pulumi preview` of the committed stacks with the real CLI, without any cluster or network."""

import json
import shlex
import shutil
import sys
from dataclasses import replace

import pytest

from tests.integration.cli import pulumi_cli
from tests.integration.cli.pulumi_cli import PACK, ROOT, STUB_CHART

CHARTS = {name: {"chart": {"path": STUB_CHART}} for name in ("kyverno", "volsync")}
WORDS = ("preview", "--policy-pack", str(PACK))


@pytest.fixture
def cli(tmp_path):
    return pulumi_cli.cli(tmp_path)


@pytest.mark.parametrize("name", ["prod", "lab"])
def test_a_committed_stack_previews_with_the_pack(cli, name):
    path = pulumi_cli.copied_stack(cli, name, CHARTS)
    output = cli.must(*WORDS, "--stack", name, "--config-file", str(path), cwd=ROOT)
    assert "volsync-pvc-backup-restore-validatingpolicy" in output
    assert "kubernetes:helm.sh/v3:Release kyverno-release" in output
    assert "a-made-up-token" not in output


PVCS = [
    {"metadata": {"namespace": "argocd", "name": "repos"}},
    {"metadata": {"namespace": "shop", "name": "data"}},
]


@pytest.mark.parametrize("excluded", [["argocd"], []])
def test_a_preview_warns_of_labelled_pvcs_in_a_namespace_that_becomes_excluded(
    cli, tmp_path, excluded
):
    """Pulumi's provider has no cluster here; kubectl says what one would hold."""
    kubectl = tmp_path / "programs" / "kubectl"
    kubectl.parent.mkdir()
    kubectl.write_text(f"#!/bin/sh\necho {shlex.quote(json.dumps({'items': PVCS}))}\n")
    kubectl.chmod(0o755)
    cli = replace(cli, more={"PATH": f"{kubectl.parent}:{cli.environment['PATH']}"})
    path = pulumi_cli.copied_stack(cli, "prod", {**CHARTS, "excludedNamespaces": excluded})
    output = cli.must(*WORDS, "--stack", "prod", "--config-file", str(path), cwd=ROOT)
    warning = "1 PVCs with a tier are in excluded namespaces: argocd/repos."
    assert (warning in output) == bool(excluded)
    assert "shop/data" not in output


def test_wrong_settings_are_told_in_one_message_without_their_values(cli):
    wrong = {
        "image": "sentinel",
        "repository": {"server": "sentinel/x", "path": "/p"},
        "plumber": {"replicas": 0},
        "timezoen": "sentinel",
    }
    path = pulumi_cli.copied_stack(cli, "prod", {**CHARTS, **wrong})
    run = cli.run(*WORDS, "--stack", "prod", "--config-file", str(path), cwd=ROOT)
    assert run.returncode != 0
    output = run.stdout + run.stderr
    message = output.partition("The stack's settings are wrong:")[2]
    for key in ("image", "repository", "plumber.replicas", "timezoen"):
        assert f"{key}: " in message
    assert "sentinel" not in output
    assert "Traceback" not in output


def test_text_in_place_of_a_section_is_told_by_the_cli_without_its_value(cli):
    path = pulumi_cli.copied_stack(cli, "prod", {**CHARTS, "repository": "sentinel"})
    run = cli.run(*WORDS, "--stack", "prod", "--config-file", str(path), cwd=ROOT)
    assert run.returncode != 0
    output = run.stdout + run.stderr
    assert "configuration key 'repository' must be of type 'object'" in output
    assert "sentinel" not in output


def test_a_resource_that_names_no_cluster_is_refused(cli, tmp_path):
    folder = tmp_path / "program"
    folder.mkdir()
    shutil.copy(ROOT / "Pulumi.yaml", folder)
    (folder / ".venv").symlink_to(sys.prefix)
    (folder / "__main__.py").write_text(
        "from pulumi_kubernetes.core.v1 import ConfigMap\nConfigMap('c', metadata={'name': 'c'})\n"
    )
    cli.must("stack", "init", "dev", cwd=folder)
    run = cli.run("preview", "--stack", "dev", cwd=folder)
    assert run.returncode != 0
    assert "Default provider for 'kubernetes' disabled" in run.stdout + run.stderr
