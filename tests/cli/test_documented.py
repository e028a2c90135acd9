"""What the pages tell people to type, typed: the real CLI on a copy of the project, no cluster."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from contract.labels import BACKUP, TIERS
from tests.blocks import lines, of
from tests.cli import pulumi_cli
from tests.cli.pulumi_cli import PACK, ROOT, STUB_CHART

COPIED = ("components", "contract", "manifests", "policy_pack", "stack", "tests/cli/charts")
TOKEN = "a-made-up-token"
# What these lines need cannot be had here: Docker, another host, a package index, a cluster.
ELSEWHERE = (
    "docker ",
    "git clone ",
    "pulumi install",
    "(cd ",
    "kubectl ",
    "pulumi config set --path repository.uniqueId <",
)
CLUSTER = "pulumi up "  # tests/lab does nothing else


@pytest.fixture
def cli(tmp_path):
    return pulumi_cli.cli(tmp_path)


@pytest.fixture
def project(tmp_path):
    """A checkout, whose production stack takes its charts from a folder."""
    folder = tmp_path / "pvc-backup"
    folder.mkdir()
    for path in (ROOT / "__main__.py", ROOT / "Pulumi.yaml"):
        shutil.copy(path, folder)
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns(".venv"))
    stack = yaml.safe_load((ROOT / "Pulumi.prod.yaml").read_text())
    charts = {name: {"chart": {"path": STUB_CHART}} for name in ("kyverno", "volsync")}
    stack["config"] |= {f"pvc-backup:{name}": value for name, value in charts.items()}
    (folder / "Pulumi.prod.yaml").write_text(yaml.safe_dump(stack))
    return folder


def _type(cli, text, folder, *without):
    """Runs the lines that can be run here; what they printed."""
    printed = []
    for line in lines(text):
        if line.startswith((*ELSEWHERE, *without)):
            continue
        line = line.replace(CLUSTER, f"{CLUSTER}--yes ")  # as a person answers
        secret = TOKEN if "--secret" in line else None
        run = subprocess.run(
            ["bash", "-euc", f'PATH="{cli.folder}:$PATH"; {line}'],
            cwd=folder,
            env=cli.environment,
            input=secret,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, f"{line}\n{run.stdout}{run.stderr}"
        printed.append(run.stdout)
    assert printed
    return "".join(printed)


def test_the_label_of_the_readme_is_all_that_a_pvc_needs():
    (block,) = of("README.md", "yaml")
    assert yaml.safe_load(block)["metadata"]["labels"][BACKUP] in TIERS


def test_the_readme_s_way_to_a_stack(cli, project):
    told = _type(cli, of("README.md", "bash")[1], project, CLUSTER)
    assert "volsync-pvc-backup-restore-validatingpolicy" in told
    assert TOKEN not in told


def test_a_stack_of_one_s_own(cli, project):
    told = _type(cli, of("docs/configuration.md", "sh")[0], project, CLUSTER)
    assert "pvc-backup-home" in told
    assert "volsync-pvc-backup-restore-validatingpolicy" in told


def test_a_stack_is_rendered_as_the_page_says(cli, project):
    _type(cli, of("docs/gitops.md", "sh")[0], project)
    folders = sorted(path.name for path in (project / "rendered" / "gitops").iterdir())
    assert folders == [str(step) for step in range(6)]


def test_the_gitops_page_s_pvc_passes_the_policy_pack(cli, tmp_path):
    (manifest,) = [
        made
        for block in of("docs/gitops.md", "yaml")
        if (made := yaml.safe_load(block))["kind"] == "PersistentVolumeClaim"
    ]
    folder = _foreign(cli, tmp_path, manifest)
    told = cli.must("preview", "--stack", "dev", "--policy-pack", str(PACK), cwd=folder)
    assert "1 to create" in told or "+ 2 to create" in told


def test_another_project_uses_the_pack_as_its_page_says(cli, project, tmp_path):
    folder = _foreign(cli, tmp_path, {"metadata": {"name": "data"}, "spec": {}})
    (block,) = of("docs/policy-pack.md", "sh")
    with pytest.raises(AssertionError, match="backup-label"):
        _type(cli, block.replace("preview", "preview --stack dev"), folder)


def test_the_pack_takes_the_settings_of_its_page(cli, tmp_path):
    settings = tmp_path / "settings.json"
    settings.write_text(of("docs/policy-pack.md", "json")[0])
    assert json.loads(settings.read_text())
    labelled = {"metadata": {"name": "data", "labels": {BACKUP: "daily"}}}
    folder = _foreign(cli, tmp_path, {**labelled, "spec": {"storageClassName": "slow"}})
    pack = ("--policy-pack", str(PACK), "--policy-pack-config", str(settings))
    run = cli.run("preview", "--stack", "dev", *pack, cwd=folder)
    assert run.returncode != 0
    assert "storage-class" in run.stdout + run.stderr
    assert "protected-claim" not in run.stdout + run.stderr


def _foreign(cli, home, manifest) -> Path:
    """Another team's program, with one PVC in it."""
    folder = home / "shop"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    inputs = {key: manifest[key] for key in ("metadata", "spec")}
    (folder / "__main__.py").write_text(
        "from pulumi_kubernetes.core.v1 import PersistentVolumeClaim\n"
        f"PersistentVolumeClaim('data', **{inputs!r})\n"
    )
    cli.must("stack", "init", "dev", cwd=folder)
    return folder


def test_the_gitlab_pipeline_runs_what_there_is():
    (block,) = of("docs/ci.md", "yaml")
    jobs = [job for job in yaml.safe_load(block).values() if isinstance(job, dict)]
    commands = [line for job in jobs for line in job["script"] if "scripts/" in line]
    assert len(commands) >= 2
    for line in commands:
        script, *words = line.removeprefix(". ").split()
        assert (ROOT / script).exists()
        if not line.startswith(". "):
            ask = [ROOT / script, "--help"]
            said = subprocess.run(ask, capture_output=True, text=True, check=True).stdout
            assert not [word for word in words if word.startswith("-") and word not in said]
