"""Whoever raises a pin finds on one page where it lies, what leans on it, what shows it."""

import re

import pytest

from stack import versions
from tests.project.test_dependencies import ACTIONS, IMAGES, MODULES, PACKAGES, ROOT

TEXT = (ROOT / "docs" / "upgrading.md").read_text()
ROWS = [line.strip("| ").split(" | ") for line in TEXT.splitlines() if line.startswith("| ")][1:]
CHARTS = [versions.EXTERNAL_SECRETS, versions.KYVERNO, versions.VOLSYNC]
FIRST_NAMES = ["Go", "Kubernetes", "Python"]
# Our own code, with no version of anybody else.
OURS = {"http-limit"}


def _in_first_cell(name: str) -> bool:
    return any(re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", row[0]) for row in ROWS)


@pytest.mark.parametrize("module", sorted({*MODULES} - OURS))
def test_each_module_of_the_lab_has_a_row(module):
    assert any(re.search(rf"lab/tools/{module}[`*]", row[1]) for row in ROWS)


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)
def test_each_chart_has_a_row(chart):
    assert any(
        chart.name.replace("-", " ") in row[0].lower() and "stack/versions.py" in row[1]
        for row in ROWS
    )


@pytest.mark.parametrize(
    "name",
    [*FIRST_NAMES, *ACTIONS, *IMAGES, *(name for name in PACKAGES if name.startswith("pulumi"))],
)
def test_each_base_image_action_and_package_of_pulumi_has_a_row(name):
    assert _in_first_cell(name)


def test_every_row_tells_all_there_is_to_tell():
    assert [row for row in ROWS if len(row) != 4 or not all(row)] == []


def test_every_file_that_a_row_names_is_there():
    named = re.findall(r"`([\w./*-]+)`", " ".join(f"{row[1]} {row[3]}" for row in ROWS))
    paths = [name for name in named if "/" in name]
    assert paths
    assert [name for name in paths if not list(ROOT.glob(name))] == []


def test_python_packages_are_tested_on_the_lab_as_the_page_of_dependencies_promises():
    (row,) = (row for row in ROWS if row[0] == "Python packages")
    assert "`scripts/test`" in row[3]
