import pytest

from stack import schema
from stack.settings import TOKEN, Settings
from tests.unit.stack.stacks import ROOT

STACK = schema.of(Settings)
PAGE = (ROOT / "docs" / "configuration.md").read_text()


def _below(node, path=""):
    node = schema.given(node)
    for name, one in node.get("properties", {}).items():
        yield path + name, one
        yield from _below(one, f"{path}{name}.")
    if node.get("additionalProperties"):
        yield from _below(node["additionalProperties"], f"{path}<name>.")
    if node.get("items"):
        yield from _below(node["items"], f"{path.removesuffix('.')}[].")


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
    assert (
        KEYS["mover.tolerations[].effect"]["description"] == "Effect of the taint; if not set, any."
    )


def test_the_keys_of_a_section_are_found_in_maps_lists_and_optional_sections_too():
    assert schema.keys_at(STACK, []) == [field.alias for field in Settings.model_fields.values()]
    assert schema.keys_at(STACK, ["kopiaUi", "gateway"]) == ["name", "namespace"]
    assert "wait" in schema.keys_at(STACK, ["alerts", "rules", "BackupLate"])
    assert "operator" in schema.keys_at(STACK, ["mover", "tolerations", 0])


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("kopiaUI", "kopiaUi"),
        ("connect_host", "connectHost"),
        ("SERVER", "server"),
        ("servre", "server"),
        ("colour", ""),
    ],
)
def test_the_nearest_key_is_the_one_that_was_meant(written, meant):
    assert schema.nearest(written, ["kopiaUi", "connectHost", "server"]) == meant
