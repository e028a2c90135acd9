"""What the pages have people do with a stack, typed in order into a copy of the checkout.

`up` needs a cluster: tests/e2e/test_commands.py; but not where it writes YAML.
"""

import shutil
import sys
from pathlib import Path

import pytest
import yaml

from tests.integration.cli import pulumi_cli
from tests.integration.cli.pulumi_cli import ROOT, STUB_CHART
from tests.project.pages.registry import given_to
from tests.project.pages.terminal import Terminal

TOKEN = "a-made-up-token"  # typed where a command asks for it; others do not read it
ID = "c0ffee"
RELEASE = "kubernetes:helm.sh/v3:Release"
SNIPPETS = given_to(__file__)
HEAVY = (".git", ".venv", "*.egg-info", "__pycache__", ".*cache", ".hypothesis")


def block(page: str, number: int = 0) -> list[str]:
    """The lines of one of a page's blocks."""
    begins = list(dict.fromkeys(snippet.block for snippet in SNIPPETS if snippet.page == page))
    return [
        snippet.text
        for snippet in SNIPPETS
        if (snippet.page, snippet.block) == (page, begins[number])
    ]


@pytest.fixture
def cli(tmp_path):
    return pulumi_cli.cli(tmp_path)


@pytest.fixture
def checkout(tmp_path) -> Path:
    """A copy whose production stack takes both charts from a folder, since there is no network."""
    folder = tmp_path / "checkout"
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*HEAVY))
    path = folder / "Pulumi.prod.yaml"
    stack = yaml.safe_load(path.read_text())
    for name in ("kyverno", "volsync"):
        stack["config"][f"pvc-backup:{name}"] = {"chart": {"path": STUB_CHART}}
    path.write_text(yaml.safe_dump(stack))
    return folder


@pytest.fixture
def terminal(cli, checkout) -> Terminal:
    return Terminal(checkout, cli.environment, {"that id": ID})


@pytest.fixture
def installed(terminal) -> Terminal:
    """Where the packages are there already, as after the README's `pulumi install`."""
    (terminal.folder / ".venv").symlink_to(sys.prefix)
    return terminal


def config(terminal: Terminal, name: str) -> dict:
    return yaml.safe_load((terminal.folder / f"Pulumi.{name}.yaml").read_text())["config"]


def typed(terminal: Terminal, lines: list[str]) -> str:
    """Runs the lines; returns the output of the last `preview`."""
    runs = {text.split()[1]: terminal.must(text, TOKEN) for text in lines}
    return runs["preview"]


def test_the_readmes_way_sets_a_stack_up(terminal):
    run = typed(terminal, block("README.md"))
    assert "volsync-pvc-backup-restore-validatingpolicy" in run
    prod_config = config(terminal, "prod")
    assert prod_config["pvc-backup:image"] == "registry.example/pvc-backup:0.1.0"
    assert prod_config["pvc-backup:repository"]["uniqueId"] == ID
    assert "secure" in prod_config["pvc-backup:secretStoreToken"]


def test_a_stack_of_your_own_is_a_copy_that_ci_previews_without_its_passphrase(installed, cli):
    run = typed(installed, block("docs/configuration.md"))
    assert RELEASE in run
    assert config(installed, "home")["pvc-backup:storage"]["snapshotCapable"] == ["longhorn"]
    ci = Terminal(installed.folder, cli.environment | {"PULUMI_CONFIG_PASSPHRASE": "of CI"})
    assert RELEASE in typed(ci, block("docs/configuration.md", 1))


def test_a_stack_is_rendered_as_the_gitops_page_says(installed):
    for line in block("docs/gitops.md"):
        installed.must(line.replace("pulumi up", "pulumi up --yes"))
    folder = installed.folder / "rendered" / "gitops"
    assert sorted(path.name for path in folder.iterdir()) == [str(step) for step in range(6)]


@pytest.fixture
def project(cli, checkout) -> Terminal:
    """A user's project with a PVC in the namespace `sandbox`, and where the pack is cloned from."""
    folder = pulumi_cli.app(cli, {"namespace": "sandbox"})
    git = Terminal(checkout, cli.environment)
    author = "-c user.name=a -c user.email=a@example.org"
    git.must(f"git init -q && git add --force . && git {author} commit -qm all")
    origin = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{checkout}.insteadOf",
        "GIT_CONFIG_VALUE_0": "https://git.example.org/pvc-backup",
    }
    return Terminal(folder, cli.environment | origin)


def test_a_project_of_your_own_clones_the_pack_and_sets_it(project):
    *lines, preview = block("docs/policy-pack.md")
    for line in lines:
        project.must(line)
    # Nothing but what the pack asks for, and the clone's own contract.
    python, clone = "../pvc-backup/.venv/bin/python", project.folder.parent / "pvc-backup"
    assert "pulumi-kubernetes" not in project.must(f"{python} -m pip freeze").replace("_", "-")
    output = project.must(f"{python} -c 'import contract; print(contract.__file__)'")
    assert Path(output.strip()) == clone / "contract" / "__init__.py"
    assert "PersistentVolumeClaim sandbox/data: has no label" in project.run(preview).stdout
    (project.folder / "pack.json").write_text("\n".join(block("docs/policy-pack.md", 1)))
    project.must(f"{preview} --policy-pack-config pack.json")
