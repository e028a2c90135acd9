"""Pulumi.yaml and the schema for editors say of a stack what the model says."""

import json
import re
from dataclasses import is_dataclass

import jsonschema_rs
import pytest
import yaml

from stack.sections import Section
from stack.settings import TOKEN, Settings
from tests.project.pages.registry import given_to
from tests.project.pages.snippet import every
from tests.unit.stack.stacks import PREFIX, ROOT

SCHEMA = json.loads((ROOT / "docs" / "stack.schema.json").read_text())
VALIDATOR = jsonschema_rs.validator_for(SCHEMA)
DECLARED = {
    key: value
    for key, value in yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"].items()
    if ":" not in key
}
PROD = yaml.safe_load((ROOT / "Pulumi.prod.yaml").read_text())
EXAMPLES = [
    yaml.safe_load(one.text)["config"]
    for one in every()
    if (one.page, one.kind) == ("docs/storage.md", "yaml")
]


def _type(annotation):
    if isinstance(annotation, type) and (
        issubclass(annotation, Section) or is_dataclass(annotation)
    ):
        return "object"
    return {str: "string"}.get(annotation, "array")


def _changed(**values):
    config = PROD["config"] | {PREFIX + key: value for key, value in values.items()}
    return PROD | {"config": {key: value for key, value in config.items() if value is not None}}


def test_the_project_declares_each_key_of_the_model_with_its_type_and_no_other():
    fields = {field.alias: field for field in Settings.model_fields.values()}
    assert {key: one["type"] for key, one in DECLARED.items()} == {
        key: _type(field.annotation) for key, field in fields.items()
    }
    for key, one in DECLARED.items():
        meaning = " ".join((fields[key].description or "").split())
        assert meaning
        assert one["description"].startswith(meaning.partition(". ")[0].removesuffix(".")), key


def test_the_token_is_not_declared_since_the_cli_would_demand_it_always():
    assert TOKEN not in DECLARED


@pytest.mark.parametrize("path", sorted(ROOT.glob("Pulumi.*.yaml")), ids=lambda path: path.name)
def test_every_committed_stack_fits_the_schema(path):
    assert VALIDATOR.is_valid(yaml.safe_load(path.read_text()))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one[f"{PREFIX}storage"].values())
def test_every_example_of_the_storage_page_fits_the_schema(example):
    assert VALIDATOR.is_valid(PROD | {"config": PROD["config"] | example})


@pytest.mark.parametrize(
    "values",
    [
        {"kopiaUI": {}},
        {"repository": {"servre": "s", "server": "s", "path": "/p"}},
        {"repository": {"server": "s"}},
        {"repository": {"server": "s", "path": "/p", "mount": "host"}},
        {"plumber": {"replicas": 0}},
        {"schedule": {"window": "long"}},
        {"excludedNamespaces": "argocd"},
        {"restoreProof": {"size": "20GB"}},
        {"kopiaUi": {"exposure": "httproute", "gateway": {"name": "g"}}},
        {"alerts": {"rules": {"BackupLate": {"treshold": 3}}}},
        {TOKEN: "in-clear"},
        {"image": None},
    ],
    ids=str,
)
def test_a_wrong_stack_does_not_fit_the_schema(values):
    assert VALIDATOR.is_valid(_changed(domain="example.test"))
    assert not VALIDATOR.is_valid(_changed(**values))


def test_the_schema_knows_secrets_and_leaves_the_keys_of_others_alone():
    assert VALIDATOR.is_valid(_changed(**{TOKEN: {"secure": "v1:x:y"}}))
    others = {"config": PROD["config"] | {"kubernetes:context": "lab"}}
    assert VALIDATOR.is_valid(PROD | others)
    assert not VALIDATOR.is_valid({"config": PROD["config"] | {"image": "r.test/x:1"}})


def test_the_line_for_editors_names_the_schema():
    (line,) = given_to(__file__)
    path = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)\n", line.text)
    assert path
    assert json.loads((ROOT / path[1]).read_text()) == SCHEMA
