"""The real Pulumi CLI in a home of its own, with no cluster in reach."""

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from lab import pulumi as lab_pulumi
from tests.tooling import tool

ROOT = Path(__file__).parents[3]
PACK = ROOT / "policy_pack"
STUB_CHART = "tests/integration/cli/charts/stub"


@dataclass(frozen=True)
class Cli:
    """`home` holds everything that the CLI writes."""

    folder: Path
    home: Path
    more: Mapping[str, str] = field(default_factory=dict)  # for its environment

    @property
    def environment(self) -> dict[str, str]:
        """Where it finds itself and keeps what it writes, and no cluster."""
        nowhere = self.home / "no-kubeconfig-here"
        nowhere.mkdir(exist_ok=True)
        environment = lab_pulumi.environment(self.folder) | {
            "HOME": str(nowhere),
            "PULUMI_HOME": str(self.home / "home"),
            "PULUMI_BACKEND_URL": f"file://{self.home}",
            "PULUMI_CONFIG_PASSPHRASE": "throwaway",
            "PYTHONDONTWRITEBYTECODE": "1",
            **self.more,
        }
        del environment["KUBECONFIG"]
        return environment

    def run(self, *words: str, cwd: Path, text: str | None = None) -> subprocess.CompletedProcess:
        """Runs a command; the caller judges its exit code."""
        return subprocess.run(
            [str(self.folder / "pulumi"), *words, "--non-interactive", "--color=never"],
            cwd=cwd,
            env=self.environment,
            input=text,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    def must(self, *words: str, cwd: Path, text: str | None = None) -> str:
        """Runs a command that must succeed; returns its output."""
        run = self.run(*words, cwd=cwd, text=text)
        assert run.returncode == 0, run.stdout + run.stderr
        return run.stdout


def cli(home: Path) -> Cli:
    """The CLI with its plugins. Skips where it is not built."""
    tools = {name: tool(name) for name in ("pulumi", "pulumi-resource-kubernetes")}
    lab_pulumi.install_plugins(tools, home / "home")
    # The CLI always keeps an encrypted log, over 200 MB of a rendered stack: most of its work. A
    # file in place of the folder makes it go on without one.
    (home / "home" / "logs").touch()
    return Cli(lab_pulumi.command_folder(tools), home)


def copied_stack(pulumi: Cli, name: str, values: dict[str, Any]) -> Path:
    """A copy of a committed stack file with other values and a token, which is never committed.

    The stack is made beside the copy: the CLI writes a new one's salt into the file it finds.
    """
    stack = yaml.safe_load((ROOT / f"Pulumi.{name}.yaml").read_text())
    stack.pop("encryptionsalt", None)
    stack["config"] |= {f"pvc-backup:{key}": value for key, value in values.items()}
    folder = pulumi.home / "project"
    folder.mkdir()
    shutil.copy(ROOT / "Pulumi.yaml", folder)
    (folder / ".venv").symlink_to(sys.prefix)  # the one that Pulumi.yaml names
    path = folder / f"Pulumi.{name}.yaml"
    path.write_text(yaml.safe_dump(stack))
    pulumi.must("stack", "init", name, cwd=folder)
    words = ("config", "set", "--secret", "secretStoreToken", "--stack", name)
    pulumi.must(*words, cwd=folder, text="a-made-up-token")
    return path


def app(pulumi: Cli, values: dict[str, Any], name: str = "app") -> Path:
    """A user's program with its stack `dev` set to these values."""
    folder = pulumi.home / name
    source = ROOT / "tests/integration/cli" / name
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("__pycache__"))
    config = {f"app:{key}": value for key, value in values.items()}
    (folder / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"config": config}))
    pulumi.must("stack", "init", "dev", cwd=folder)
    return folder


def pack_config(pulumi: Cli, **policies: Any) -> str:
    """A configuration file for the pack."""
    path = pulumi.home / "pack.json"
    path.write_text(json.dumps({name.replace("_", "-"): value for name, value in policies.items()}))
    return str(path)
