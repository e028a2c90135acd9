"""The paths of policy_pack/claim_paths.py, by the operators' own kinds where these are at hand."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml
from claim_paths import TEMPLATES

from lab.cluster import sources

GROUP = "monitoring.coreos.com"
TEMPLATE = "volumeClaimTemplate"
EPHEMERAL = "ephemeral."  # goes with its pod


def templates(schema: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """Where a kind holds templates of PVCs."""
    for name, field in schema.get("properties", {}).items():
        place = f"{path}.{name}".lstrip(".")
        if name.startswith(TEMPLATE):
            yield place + ("[]" if field.get("type") == "array" else "")
        elif field.get("type") == "array":
            yield from templates(field["items"], f"{place}[]")
        else:
            yield from templates(field, place)


def kinds() -> Mapping[str, set[str]]:
    """Each kind of the Prometheus operator with its templates."""
    folder = sources.PROMETHEUS_OPERATOR.folder() / "example" / "prometheus-operator-crd"
    paths_by_kind: dict[str, set[str]] = {}
    for file in folder.glob(f"{GROUP}_*.yaml"):
        crd = yaml.load(file.read_text(), yaml.CBaseLoader)  # noqa: S506 (makes strings only)
        for version in crd["spec"]["versions"]:
            paths = set(templates(version["schema"]["openAPIV3Schema"]))
            paths_by_kind.setdefault(crd["spec"]["names"]["kind"], set()).update(paths)
    return paths_by_kind


@pytest.fixture(scope="module")
def lasting() -> Mapping[str, set[str]]:
    """Those that outlive their pods."""
    lasting = {
        kind: {path for path in paths if EPHEMERAL not in path} for kind, paths in kinds().items()
    }
    return {kind: paths for kind, paths in lasting.items() if paths}


def test_the_pack_knows_every_template_of_the_prometheus_operator(lasting):
    templates_by_kind = {
        kind: set(paths) for (group, kind), paths in TEMPLATES.items() if group == GROUP
    }
    assert templates_by_kind == lasting
