"""Flux's objects on the pages, by the fields of Flux's own Go types: its CRDs are not at hand."""

import re
from collections.abc import Mapping

import pytest
import yaml

from lab.cluster import sources
from tests.project.pages.registry import texts_given_to

FIELD = re.compile(r'^\t\w+ .+`json:"(\w+)(,omitempty)?', re.MULTILINE)


def fields(file: str, struct: str) -> Mapping[str, bool]:
    """The fields of a struct, and whether each may be left out."""
    text = (sources.FLUX_API.folder() / "v1" / file).read_text()
    body = text.partition(f"type {struct} struct {{\n")[2].partition("\n}\n")[0]
    return {name: bool(optional) for name, optional in FIELD.findall(body)}


def misfits(spec: Mapping[str, object], schema: Mapping[str, bool]) -> set[str]:
    """Fields that are not known, and those that are missing."""
    needed = {name for name, optional in schema.items() if not optional}
    return (set(spec) - set(schema)) | (needed - set(spec))


@pytest.mark.parametrize("text", texts_given_to(__file__))
def test_an_object_has_the_fields_of_its_kind(text):
    manifest = yaml.safe_load(text)
    assert manifest["kind"] == "Kustomization"
    spec = fields("kustomization_types.go", "KustomizationSpec")
    assert misfits(manifest["spec"], spec) == set()
    source = fields("reference_types.go", "CrossNamespaceSourceReference")
    assert misfits(manifest["spec"]["sourceRef"], source) == set()
    assert misfits({"intervall": "1m"}, spec) == {"intervall", "interval", "prune", "sourceRef"}
