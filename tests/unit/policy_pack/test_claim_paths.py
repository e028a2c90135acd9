"""Each path can be walked: it is made of names, with `[]` for lists only at their ends."""

import re

import pytest
from claim_paths import EPHEMERAL, POD_SPECS, TEMPLATES

PATHS = {path for paths in TEMPLATES.values() for path in paths}
STEP = r"[a-z]\w*(\[\])?"


@pytest.mark.parametrize("path", sorted({*PATHS, *POD_SPECS.values(), EPHEMERAL}))
def test_a_path_is_names_with_dots_between(path):
    assert all(re.fullmatch(STEP, step) for step in path.split("."))


def test_a_database_with_backups_of_its_own_is_not_among_them():
    assert not [kind for kind in TEMPLATES if kind[0] == "postgresql.cnpg.io"]
