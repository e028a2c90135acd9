import pytest

import schema
from settings import TOKEN, Settings
from tests.program.stacks import ROOT

STACK = schema.of(Settings)
PAGE = (ROOT / "docs" / "configuration.md").read_text()


def _below(node, path=""):
    node = schema.given(node)
    for name, one in node.get("properties", {}).items():
        yield path + name, one
        yield from _below(one, f"{path}{name}.")
    if node.get("additionalProperties"):
        yield from _below(node["additionalProperties"], f"{path}<name>.")


KEYS = dict(_below(STACK))


@pytest.mark.parametrize("key", KEYS)
def test_every_key_has_its_row_with_its_meaning(key):
    (row,) = [line for line in PAGE.splitlines() if line.startswith(f"| `{key}` |")]
    meaning = KEYS[key]["description"]
    assert meaning.endswith(".")
    assert f"| {meaning}" in row


def test_the_secret_has_its_row_too():
    assert f"| `{TOKEN}` | secret |" in PAGE


def test_a_key_is_read_where_it_stands():
    assert "$ref" not in str(STACK)
    assert KEYS["mover.maxJobs"]["minimum"] == 1
    assert KEYS["alerts.rules.<name>.threshold"]["anyOf"][0]["exclusiveMinimum"] == 0
    assert KEYS["kyverno.chart"]["description"] != KEYS["volsync.chart"]["description"]
    assert KEYS["repository.maintenance"]["title"] == "cron"
