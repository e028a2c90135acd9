"""The Pulumi CLI with the lab's environment: a throwaway home, backend, passphrase and stack."""

import hashlib
import importlib.util
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from lab import paths
from lab.cluster import secretstore, sources
from lab.errors import LabError
from lab.node import files

STACK = "lab"
COMMITTED = paths.ROOT / f"Pulumi.{STACK}.yaml"
# The lab's own copy of the stack's configuration, with the token of this lab's secret store.
CONFIG = paths.PULUMI / f"Pulumi.{STACK}.yaml"
TOKEN_KEY = "pvc-backup:secretStoreToken"  # noqa: S105 (a key, not a token)
TAKES_CONFIG = {"preview", "up", "update", "refresh", "destroy", "config", "import", "watch"}
LANGUAGE = "pulumi-language-python"


def program_python() -> Path:
    """The Python with the program's packages: the project's virtualenv, or the running one."""
    project = paths.ROOT / ".venv" / "bin" / "python"
    if project.exists():
        return project
    if importlib.util.find_spec("pulumi") is None:
        raise LabError(
            "the Python package pulumi is missing; run scripts/check once, it makes .venv"
        )
    return Path(sys.executable)


def wrapper(python: Path, program: Path) -> str:
    """A plugin's executable: Pulumi looks for these by file name."""
    return f'#!/bin/sh\nexec "{python}" -u "{program}" "$@"\n'


def pinned(package: str, constraints: str) -> str:
    """A package's version in constraints.txt: its SDK asks for a plugin of exactly that one."""
    for line in constraints.splitlines():
        name, _, version = line.partition("==")
        if name.replace("-", "_") == package:
            return version.strip()
    raise LabError(f"constraints.txt does not pin {package}")


def command_folder(tools: Mapping[str, Path]) -> Path:
    """A folder with the CLI and the language host beside it, where the CLI looks first."""
    executor = sources.PULUMI_SDK.folder() / "python" / "cmd" / f"{LANGUAGE}-exec"
    python = program_python()
    key = hashlib.sha256("\0".join(map(str, [python, executor, tools["pulumi"]])).encode())
    folder = paths.CACHE / f"pulumi-{key.hexdigest()[:12]}"
    folder.mkdir(parents=True, exist_ok=True)
    # A symlink would not do: the CLI looks beside the file that the link names.
    _same_file(tools["pulumi"], folder / "pulumi")
    _executable(folder / executor.name, executor.read_text())
    _executable(folder / LANGUAGE, wrapper(python, paths.STANDINS / "language_host.py"))
    return folder


def install_plugins(tools: Mapping[str, Path], home: Path) -> None:
    """Puts both providers where the CLI looks for a plugin of exactly the wanted version."""
    constraints = (paths.ROOT / "constraints.txt").read_text()
    kubernetes = _plugin(home, "kubernetes", pinned("pulumi_kubernetes", constraints))
    _same_file(tools[kubernetes.name], kubernetes)
    random = _plugin(home, "random", pinned("pulumi_random", constraints))
    _executable(random, wrapper(program_python(), paths.STANDINS / "random_provider.py"))


def _plugin(home: Path, name: str, version: str) -> Path:
    folder = home / "plugins" / f"resource-{name}-v{version}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"pulumi-resource-{name}"


def _same_file(source: Path, target: Path) -> None:
    if target.exists():
        return
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copy2(source, target)


def _executable(path: Path, text: str) -> None:
    files.write(path, text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)


def environment(folder: Path) -> dict[str, str]:
    """What the CLI sees: nothing of the user's own Pulumi set-up."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("PULUMI_")}
    return inherited | {
        "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
        "KUBECONFIG": str(paths.KUBECONFIG),
        "PULUMI_HOME": str(paths.PULUMI / "home"),
        "PULUMI_BACKEND_URL": f"file://{paths.PULUMI / 'backend'}",
        "PULUMI_CONFIG_PASSPHRASE": "lab",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }


def arguments(words: Sequence[str]) -> list[str]:
    """The user's words, with the lab's own configuration file where the command takes one."""
    if words and words[0] in TAKES_CONFIG and not any("--config-file" in word for word in words):
        return [words[0], "--config-file", str(CONFIG), *words[1:]]
    return list(words)


def _pulumi(folder: Path, *words: str, text: str | None = None) -> None:
    run = subprocess.run(
        [str(folder / "pulumi"), *words, "--non-interactive"],
        cwd=paths.ROOT,
        env=environment(folder),
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        raise LabError(f"pulumi {' '.join(words[:2])}:\n{(run.stderr or run.stdout).strip()}")


def prepare(tools: Mapping[str, Path]) -> Path:
    """Makes the stack and its configuration unless both are there; gives the CLI's folder."""
    if not (paths.ROOT / "Pulumi.yaml").exists():
        raise LabError(f"there is no Pulumi.yaml in {paths.ROOT}")
    folder = command_folder(tools)
    (paths.PULUMI / "backend").mkdir(parents=True, exist_ok=True)
    install_plugins(tools, paths.PULUMI / "home")
    committed = COMMITTED.read_text() if COMMITTED.exists() else "config: {}\n"
    marker = paths.PULUMI / "config-of"
    key = hashlib.sha256((committed + secretstore.token()).encode()).hexdigest()
    if not marker.exists() or marker.read_text() != key:
        CONFIG.write_text(committed)
        _pulumi(folder, "stack", "select", STACK, "--create")
        words = ("config", "set", "--secret", TOKEN_KEY, "--config-file", str(CONFIG))
        _pulumi(folder, *words, text=secretstore.token())
        marker.write_text(key)
    return folder


def run(tools: Mapping[str, Path], words: Sequence[str]) -> int:
    """Runs the CLI in the project's folder; its exit code is ours."""
    folder = prepare(tools)
    command = [str(folder / "pulumi"), *arguments(words)]
    return subprocess.run(command, cwd=paths.ROOT, env=environment(folder), check=False).returncode
