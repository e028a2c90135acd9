"""The whole run tries as much as each test asks for; only `scripts/test --fast` tries less."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.effort import EXAMPLES, FAST, WHOLE, examples

SCRIPT = Path(__file__).parents[2] / "scripts" / "test"


@pytest.fixture(autouse=True)
def profile() -> Iterator[None]:
    """Whichever this run has stays that of all other tests."""
    before = settings.get_current_profile_name()
    yield
    settings.load_profile(before)


def test_the_whole_run_tries_each_property_as_often_as_it_asks_for() -> None:
    settings.load_profile(WHOLE)
    assert examples(500) == 500
    assert settings().max_examples == EXAMPLES[WHOLE] == 100


def test_the_fast_one_tries_the_same_share_of_all_and_each_at_least_once() -> None:
    settings.load_profile(FAST)
    assert examples(500) == 5 * EXAMPLES[FAST] < 500
    assert examples(1) == 1
    assert examples(500, least=100) == 100


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_property_fails_because_the_machine_is_busy(name: str) -> None:
    settings.load_profile(name)
    assert settings().deadline is None


def test_only_the_fast_command_asks_for_less() -> None:
    lines = [line for line in SCRIPT.read_text().splitlines() if " -m pytest" in line]
    fast, whole = lines
    assert f"--hypothesis-profile={FAST}" in fast
    assert "profile" not in whole
    assert "--require=cli,lab" in whole
