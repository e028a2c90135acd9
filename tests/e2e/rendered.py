"""Renders the lab's stack as YAML, and compares it with the cluster."""

import base64
import gzip
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from lab.application import kubectl
from tests.integration.cli import pulumi_cli
from tests.integration.cli.pulumi_cli import ROOT

Manifest = Mapping[str, Any]
Key = tuple[str, str, str]
ONE_CHECKPOINT = {"PULUMI_EXPERIMENTAL": "true", "PULUMI_SKIP_CHECKPOINTS": "true"}


def render(home: Path) -> Path:
    """Renders the stack; returns the folder with the folders 0 to 5."""
    cli = replace(pulumi_cli.cli(home), more=ONE_CHECKPOINT)
    folder = home / "out"
    path = pulumi_cli.copied_stack(cli, "lab", {"render": {"folder": str(folder)}})
    words = ("up", "--yes", "--skip-preview", "--stack", "lab", "--config-file", str(path))
    cli.must(*words, cwd=ROOT)
    return folder


def documents(text: str) -> list[Manifest]:
    """The documents of a YAML file."""
    return [item for item in yaml.load_all(text, yaml.CSafeLoader) if item]


def objects(folder: Path) -> dict[Key, Manifest]:
    """All rendered objects."""
    return by_key(item for path in folder.rglob("*.yaml") for item in documents(path.read_text()))


def by_key(items: Iterable[Manifest]) -> dict[Key, Manifest]:
    """Objects by kind, namespace and name."""
    return {
        (item["kind"], item["metadata"].get("namespace", ""), item["metadata"]["name"]): item
        for item in items
    }


def released(name: str, namespace: str) -> str:
    """The manifest of a Helm release, as Helm keeps it in the cluster."""
    listing = json.loads(
        kubectl("-n", namespace, "get", "secrets", "-l", f"owner=helm,name={name}", "-o", "json")
    )
    newest = max(listing["items"], key=lambda item: int(item["metadata"]["labels"]["version"]))
    packed = base64.b64decode(base64.b64decode(newest["data"]["release"]))
    return json.loads(gzip.decompress(packed))["manifest"]


def bare(item: Manifest) -> Manifest:
    """An object without annotations, which differ by tool."""
    metadata = {key: value for key, value in item["metadata"].items() if key != "annotations"}
    return {**item, "metadata": metadata}


def missing(wanted: Any, actual: Any, path: str = "") -> list[str]:
    """The paths at which `actual` lacks what is wanted; it may hold more."""
    if not wanted and not actual:
        return []
    if isinstance(wanted, Mapping) and isinstance(actual, Mapping):
        return [
            line
            for key, value in wanted.items()
            for line in missing(value, actual.get(key), f"{path}.{key}")
        ]
    if isinstance(wanted, list) and isinstance(actual, list) and len(wanted) == len(actual):
        pairs = enumerate(zip(wanted, actual, strict=True))
        return [line for n, (a, b) in pairs for line in missing(a, b, f"{path}[{n}]")]
    return [] if wanted == actual else [path]
