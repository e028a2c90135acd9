"""Stack configuration for tests: what the CLI would hand to the program."""

import json
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[3]
PREFIX = "pvc-backup:"
TOKEN = {"secretStoreToken": "a-made-up-token"}


@cache
def _declared() -> dict[str, Any]:
    project = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())
    declared = project["config"].items()
    return {key: value["default"] for key, value in declared if "default" in value}


def defaults() -> dict[str, Any]:
    """The project's own defaults, of which each test has a copy."""
    return deepcopy(_declared())


def stack(path: Path) -> dict[str, Any]:
    """A stack file's values, completed by the project's defaults."""
    given = yaml.safe_load(path.read_text())["config"]
    return defaults() | {key.removeprefix(PREFIX): value for key, value in given.items()}


def minimal(**more: Any) -> dict[str, Any]:
    """The smallest configuration that is complete."""
    return defaults() | {
        "image": "registry.test/pvc-backup:1",
        "repository": {"server": "nfs.test", "path": "/export"},
        "secretStore": {"connectHost": "https://connect.test", "vault": "test"},
        "storage": {"snapshotClass": "snapshots", "snapshotCapable": ["fast"]},
        **more,
    }


def wire(values: dict[str, Any]) -> dict[str, str]:
    """As the CLI passes them on: texts, and JSON for everything else."""
    return {k: v if isinstance(v, str) else json.dumps(v) for k, v in values.items()}
