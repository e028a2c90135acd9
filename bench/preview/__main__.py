"""What `pulumi preview` of the whole program with its policy pack costs beside an empty program.

No cluster and no network: the production stack, with both real charts from folders. The runs of all
four kinds take turns, so that what else the machine does meets them alike.
"""

import argparse
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from bench import report
from lab import paths, pins, pulumi, tools
from lab.cluster import charts

STACK = "prod"
EMPTY, PROGRAM = "empty", "program"
PACK = ("--policy-pack", str(paths.ROOT / "policy_pack"))
CHARTS = {
    f"pvc-backup:{name}": {"chart": {"path": f"lab/charts/{name}"}}
    for name in ("kyverno", "volsync")
}
CREATED = re.compile(r"\+ (\d+) to create")


@dataclass(frozen=True)
class Kind:
    """One kind of preview: a program, with the pack or without."""

    program: str
    is_judged: bool

    @property
    def key(self) -> str:
        """The name of its figures."""
        return f"{self.program}{'_with_pack' if self.is_judged else ''}"


KINDS = tuple(Kind(program, judged) for program in (EMPTY, PROGRAM) for judged in (False, True))


@dataclass(frozen=True)
class Desk:
    """A home of its own for the CLI, with both programs' stacks in it."""

    cli: Path
    home: Path

    def run(self, *words: str, cwd: Path, text: str | None = None) -> str:
        """The output of a CLI command. Raises RuntimeError with it on failure."""
        nowhere = self.home / "no-kubeconfig-here"
        nowhere.mkdir(exist_ok=True)
        environment = pulumi.environment(self.cli) | {
            "HOME": str(nowhere),
            "PULUMI_HOME": str(self.home / "home"),
            "PULUMI_BACKEND_URL": f"file://{self.home}",
            "PULUMI_CONFIG_PASSPHRASE": "throwaway",
        }
        del environment["KUBECONFIG"]
        command = [str(self.cli / "pulumi"), *words, "--non-interactive", "--color=never"]
        run = subprocess.run(
            command,
            cwd=cwd,
            env=environment,
            input=text,
            capture_output=True,
            text=True,
            check=False,
        )
        if run.returncode:
            raise RuntimeError(f"pulumi {words[0]} failed:\n{run.stdout}{run.stderr}")
        return run.stdout

    def preview(self, kind: Kind) -> tuple[float, int]:
        """Seconds, and how many resources would be created."""
        folder = self.home / kind.program
        where = paths.ROOT if kind.program == PROGRAM else folder
        file = ("--config-file", str(folder / f"Pulumi.{STACK}.yaml"))
        began = time.monotonic()
        output = self.run(
            "preview", "--stack", STACK, *file, *(PACK if kind.is_judged else ()), cwd=where
        )
        created = CREATED.search(output)
        if not created:
            raise RuntimeError(f"pulumi does not say what it would create:\n{output}")
        return time.monotonic() - began, int(created[1])


def desk(home: Path) -> Desk:
    """The CLI with its plugins, the production stack, and an empty program's."""
    binaries = tools.ensure(["pulumi", "pulumi-resource-kubernetes"])
    pulumi.install_plugins(binaries, home / "home")
    cli = Desk(pulumi.command_folder(binaries), home)
    project = yaml.safe_load((paths.ROOT / "Pulumi.yaml").read_text())
    stack = yaml.safe_load((paths.ROOT / f"Pulumi.{STACK}.yaml").read_text())
    stack.pop("encryptionsalt", None)
    _project(cli, PROGRAM, project, {"config": stack["config"] | CHARTS})
    token = ("config", "set", "--secret", "secretStoreToken", "--stack", STACK)
    cli.run(*token, cwd=home / PROGRAM, text="a-made-up-token")
    options = {"toolchain": "pip", "virtualenv": str(paths.ROOT / ".venv")}
    runtime = {"name": "python", "options": options}
    _project(cli, EMPTY, {"name": EMPTY, "runtime": runtime}, {"config": {}})
    (home / EMPTY / "__main__.py").write_text("")
    return cli


def _project(cli: Desk, name: str, project: Mapping, stack: Mapping) -> None:
    folder = cli.home / name
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump(dict(project)))
    (folder / f"Pulumi.{STACK}.yaml").write_text(yaml.safe_dump(dict(stack)))
    cli.run("stack", "init", STACK, cwd=folder)


def imports() -> float:
    """Seconds in which Python only loads what the program loads."""
    began = time.monotonic()
    words = "import pulumi_kubernetes, components.backup_policies, stack.arguments, stack.settings"
    subprocess.run([sys.executable, "-c", words], cwd=paths.ROOT, env=os.environ, check=True)
    return time.monotonic() - began


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench preview", description=__doc__)
    parser.add_argument("--runs", type=int, default=7, help="of each kind (7)")
    runs = parser.parse_args().runs
    charts.prepare()
    took: dict[str, list[float]] = defaultdict(list)
    resources: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as home:
        cli = desk(Path(home))
        for number in range(runs + 1):  # the first of each kind fills caches and does not count
            for kind in random.sample(KINDS, len(KINDS)):
                seconds, resources[kind.key] = cli.preview(kind)
                if number:
                    took[kind.key].append(seconds)
            took["imports"].append(imports())
    median = {key: statistics.median(seconds) for key, seconds in took.items()}
    report.machine(pulumi=pins.BY_NAME["pulumi"].pin)
    for key, seconds in took.items():
        count = f"{resources[key]} resources, " if key in resources else ""
        spread = f"{min(seconds):.2f} to {max(seconds):.2f}"
        print(f"{key}: {count}median {median[key]:.2f} s ({spread}) of {len(seconds)}")
    whole, empty = median["program_with_pack"], median["empty"]
    figures = {f"{key}_s": round(value, 2) for key, value in median.items()}
    report.last(figures | {"preview_over_empty": round(whole / empty, 2), "runs": runs})


if __name__ == "__main__":
    main()
