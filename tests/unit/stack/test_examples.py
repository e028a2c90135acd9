"""What the pages say of a stack: its parts are accepted, and a wrong one is told so."""

import pulumi
import pytest
import yaml

from stack.settings import load
from tests.project.pages.registry import given_to
from tests.unit.stack.stacks import PREFIX, ROOT, TOKEN, minimal, stack, wire

PAGE = (ROOT / "docs" / "storage.md").read_text()
GIVEN = given_to(__file__)
PARTS, STORES = (
    {one.section: one.text for one in GIVEN if (one.kind, one.page) == ("yaml", f"docs/{page}.md")}
    for page in ("storage", "configuration")
)
MESSAGES = [one.text for one in GIVEN if one.kind == ""]
WRONG = {
    "image": "x:latest",
    "plumber": {"replicas": 0},
    "repository": {"server": "nfs.test", "path": "/export", "servre": "nfs.test"},
}


def loaded(values, secrets):
    texts = {f"{PREFIX}{key}": text for key, text in (wire(values) | secrets).items()}
    pulumi.runtime.set_all_config(texts, [f"{PREFIX}{key}" for key in secrets])
    return load(PREFIX.removesuffix(":"))


def test_every_storage_has_its_block():
    assert len(PARTS) == PAGE.count("\n## ")


@pytest.mark.parametrize("name", PARTS)
def test_a_storages_block_makes_a_stack_that_is_accepted(name):
    given = yaml.safe_load(PARTS[name])["config"]
    values = {key.removeprefix(PREFIX): value for key, value in given.items()}
    settings = loaded(stack(ROOT / "Pulumi.prod.yaml") | values, TOKEN)
    assert settings.storage.snapshot_class == values["storage"]["snapshotClass"]
    assert list(settings.storage.snapshot_capable) == values["storage"]["snapshotCapable"]
    assert set(values["excludedNamespaces"]) <= set(settings.excluded)


def test_a_store_of_another_provider_is_accepted_and_asks_for_no_token():
    (block,) = STORES.values()
    given = yaml.safe_load(block)
    values = {key.removeprefix(PREFIX): value for key, value in given.items()}
    password = loaded(stack(ROOT / "Pulumi.prod.yaml") | values, {}).secret_store.password
    assert vars(password) == {"store": "vault", "item": "backups/kopia", "field": "password"}


def test_a_wrong_stack_is_told_in_the_words_of_the_page():
    with pytest.raises(pulumi.RunError) as error:
        loaded(minimal(**WRONG), {})
    assert [f"{error.value}\n"] == MESSAGES
