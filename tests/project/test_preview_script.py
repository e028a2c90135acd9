"""How scripts/preview makes a comment of pulumi's output."""

import importlib.util
from importlib.machinery import SourceFileLoader
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

SCRIPT = Path(__file__).parents[2] / "scripts" / "preview"
RESULT = "Resources:\n    + 3 to create\n    ~ 1 to update\n    5 unchanged\n"


@pytest.fixture(scope="module")
def script():
    loader = SourceFileLoader("preview", str(SCRIPT))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def test_the_heading_counts(script):
    text = script.section("dev", f"+ a\n\n{RESULT}", 0, 1000)
    assert text.startswith("### `dev`: + 3 to create, ~ 1 to update, 5 unchanged\n")


def test_a_failed_preview_is_one_that_would_fail_whatever_it_counts(script):
    assert script.section("dev", RESULT, 255, 1000).startswith("### `dev`: would fail\n")


def test_output_cannot_leave_its_block(script):
    text = script.section("dev", "```\n# not a heading\n```\n", 0, 1000)
    assert text.count("\n````\n") == 2


def test_a_preview_that_is_too_long_still_names_each_resource(script):
    urn = "urn=urn:pulumi:dev::pvc-backup::a:b$c:d::"
    diff = (
        f"+ c:d:Made: (create)\n    [{urn}new]\n    spec: {'x' * 2000}\n"
        f"    ~ c:d:Kept: (update)\n        [id=default/old]\n        [{urn}old]\n{'y' * 2000}\n"
        f"-+ c:d:Moved: (replace)\n    [id=default/moved]\n    [{urn}moved]\n"
    )
    lines = script.section("dev", diff, 0, 300).splitlines()
    assert {"+ c:d:Made new", "~ c:d:Kept old", "-+ c:d:Moved moved"} <= set(lines)


@given(lines=st.lists(st.text("ab", max_size=30)), limit=st.integers(10, 200))
def test_what_is_shortened_fits_and_keeps_both_ends(script, lines, limit):
    text = "\n".join(lines)
    short = script.shortened(text, limit)
    output = [line for line in short.splitlines() if "lines left out" not in line]
    assert sum(len(line) + 1 for line in output) <= max(limit, len(text)) + 2
    if len(text) > limit:
        assert len(short) <= limit + 40
        head, _, tail = short.partition("\n... ")
        assert text.startswith(head)
        assert text.endswith(tail.partition("...\n")[2])
