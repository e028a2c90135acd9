"""docs/storage.md: each block is a part of a stack that the settings accept."""

import re

import pulumi
import pytest
import yaml

from stack.settings import load
from tests.stack.stacks import PREFIX, ROOT, TOKEN, stack, wire

PAGE = (ROOT / "docs" / "storage.md").read_text()
SECTIONS = dict(re.findall(r"^## (.+?)$.*?^```yaml\n(.+?)^```", PAGE, re.MULTILINE | re.DOTALL))


def test_every_storage_has_its_block():
    assert len(SECTIONS) == PAGE.count("\n## ")


@pytest.mark.parametrize("name", SECTIONS)
def test_a_storages_block_makes_a_stack_that_is_accepted(name):
    given = yaml.safe_load(SECTIONS[name])["config"]
    values = {key.removeprefix(PREFIX): value for key, value in given.items()}
    whole = wire(stack(ROOT / "Pulumi.prod.yaml") | values) | TOKEN
    texts = {f"{PREFIX}{key}": text for key, text in whole.items()}
    pulumi.runtime.set_all_config(texts, [f"{PREFIX}{key}" for key in TOKEN])
    settings = load(PREFIX.removesuffix(":"))
    assert settings.storage.snapshot_class == values["storage"]["snapshotClass"]
    assert list(settings.storage.snapshot_capable) == values["storage"]["snapshotCapable"]
    assert set(values["excludedNamespaces"]) <= set(settings.excluded)
