"""What GitHub shows to whoever comes with a bug, a wish, a change or a vulnerability."""

import re

import pytest
import yaml

from lab.paths import ROOT

GITHUB = ROOT / ".github"
FORMS = sorted(set(GITHUB.glob("ISSUE_TEMPLATE/*.yml")) - {GITHUB / "ISSUE_TEMPLATE/config.yml"})
# What GitHub takes; with another key or kind it silently shows no form at all.
KINDS = {"markdown", "textarea", "input", "dropdown", "checkboxes"}
KEYS = {"name", "description", "labels", "body"}
PARTS = {"type", "id", "attributes", "validations"}
FILE = re.compile(r"(?<![\w/.-])((?:docs/|scripts/)?[\w-]+(?:/[\w-]+)*\.md|scripts/[\w-]+)\b")


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_is_one_that_github_shows(path):
    form = yaml.safe_load(path.read_text())
    assert set(form) == KEYS
    asked = [part for part in form["body"] if part["type"] != "markdown"]
    assert asked
    for part in form["body"]:
        assert part["type"] in KINDS
        assert set(part) <= PARTS
        assert part["attributes"].get("label") or part["type"] == "markdown"
    ids = [part["id"] for part in asked]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    "path",
    [*FORMS, GITHUB / "pull_request_template.md", GITHUB / "CODEOWNERS", ROOT / "SECURITY.md"],
    ids=lambda path: path.name,
)
def test_each_page_that_is_named_is_there(path):
    for name in FILE.findall(path.read_text()):
        assert (ROOT / name).exists(), name


def test_a_vulnerability_is_told_in_private():
    text = (ROOT / "SECURITY.md").read_text()
    assert "Report a vulnerability" in text
    assert "Supported versions" in text
    assert "@" not in text  # nobody's address is made up


def test_nobody_owns_code_before_somebody_says_who():
    text = (GITHUB / "CODEOWNERS").read_text()
    rules = re.findall(r"^(# )?([*/]\S*) +(@\S+)$", text, re.MULTILINE)
    assert rules
    for is_waiting, pattern, owner in rules:
        assert pattern == "*" or (ROOT / pattern.strip("/")).is_dir(), pattern
        assert is_waiting or owner != "@OWNER"
