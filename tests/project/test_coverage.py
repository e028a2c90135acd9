"""The floor of coverage is a real one."""

import tomllib
from pathlib import Path

import pytest

from lab.paths import ROOT
from tests import checkout as a_checkout
from tests.checkout import Checkout
from tests.project.test_shape import PRODUCT

CONFIG = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["coverage"]
# One process, without plugins that take seconds to load.
LIGHT = ("-n0", "-p", "no:schemathesis", "-p", "no:hypothesispytest")
PRODUCT_CODE = """
def sign(number: int) -> str:
    if number < 0:
        return "-"
    return "+"
"""
TEST = """
import pytest
from {folder}.sign import sign

@pytest.mark.parametrize("number", {numbers})
def test_sign(number: int) -> None:
    assert sign(number)
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    made = a_checkout.made(tmp_path)
    made.write("kopia/__init__.py", "")
    made.write("kopia/sign.py", PRODUCT_CODE)
    return made


def test_a_branch_that_no_test_takes_is_red(checkout: Checkout) -> None:
    checkout.write("tests/test_sign.py", TEST.format(folder="kopia", numbers=[1, 2]))
    done = checkout.run("coverage", "--", *LIGHT)
    assert done.returncode
    assert "2 passed" in done.stdout
    assert f"is less than fail-under={CONFIG['report']['fail_under']}" in done.stdout
    checkout.write("tests/test_sign.py", TEST.format(folder="kopia", numbers=[1, -1]))
    done = checkout.run("coverage", "--", *LIGHT)
    assert not done.returncode, done.stdout
    assert "100%" in done.stdout


def test_every_package_of_the_product_is_measured() -> None:
    assert set(CONFIG["run"]["source"]) == set(PRODUCT)
    assert CONFIG["run"]["branch"]
