"""The lab's stack as YAML, and what a person does with it by hand."""

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
    """The folder with the folders 0 to 5."""
    cli = replace(pulumi_cli.cli(home), more=ONE_CHECKPOINT)
    folder = home / "out"
    path = pulumi_cli.copied_stack(cli, "lab", {"render": {"folder": str(folder)}})
    words = ("up", "--yes", "--skip-preview", "--stack", "lab", "--config-file", str(path))
    cli.must(*words, cwd=ROOT)
    return folder


def documents(text: str) -> list[Manifest]:
    """What is in a YAML file."""
    return [item for item in yaml.load_all(text, yaml.CSafeLoader) if item]


def objects(folder: Path) -> dict[Key, Manifest]:
    """Everything that was rendered."""
    return by_key(item for path in folder.rglob("*.yaml") for item in documents(path.read_text()))


def by_key(items: Iterable[Manifest]) -> dict[Key, Manifest]:
    """By kind, namespace and name."""
    return {
        (item["kind"], item["metadata"].get("namespace", ""), item["metadata"]["name"]): item
        for item in items
    }


def released(name: str, namespace: str) -> str:
    """The manifest of a Helm release, as Helm keeps it in the cluster."""
    found = json.loads(
        kubectl("-n", namespace, "get", "secrets", "-l", f"owner=helm,name={name}", "-o", "json")
    )
    newest = max(found["items"], key=lambda item: int(item["metadata"]["labels"]["version"]))
    packed = base64.b64decode(base64.b64decode(newest["data"]["release"]))
    return json.loads(gzip.decompress(packed))["manifest"]


def bare(item: Manifest) -> Manifest:
    """Without annotations: here the tools' own, there Pulumi's."""
    metadata = {key: value for key, value in item["metadata"].items() if key != "annotations"}
    return {**item, "metadata": metadata}


def missing(wanted: Any, found: Any, path: str = "") -> list[str]:
    """Where `found` does not hold what is wanted; more than that may be in it."""
    if not wanted and not found:
        return []
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        return [
            line
            for key, value in wanted.items()
            for line in missing(value, found.get(key), f"{path}.{key}")
        ]
    if isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        pairs = enumerate(zip(wanted, found, strict=True))
        return [line for n, (a, b) in pairs for line in missing(a, b, f"{path}[{n}]")]
    return [] if wanted == found else [path]
