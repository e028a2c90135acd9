"""The committed goldens are what the builders give; `scripts/golden` rewrites them."""

import pytest

from docgen.goldens import FOLDER, ROOT, files

WANTED = files()


@pytest.mark.parametrize("path", WANTED, ids=lambda path: path.name)
def test_golden_is_fresh(path):
    assert path.exists(), f"run scripts/golden: {path.relative_to(ROOT)} is missing"
    assert path.read_text() == WANTED[path], "stale: run scripts/golden and review the difference"


def test_no_golden_is_left_over():
    assert set(FOLDER.glob("*.yaml")) <= set(WANTED)
