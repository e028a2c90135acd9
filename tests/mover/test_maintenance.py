from pathlib import Path

import pytest

from contract.repository import PIN_KEY
from kopia.command import KopiaError
from mover import maintenance, session


def test_the_stacks_id_goes_before_the_one_that_bootstrap_told(tmp_path: Path) -> None:
    assert maintenance.pinned("", tmp_path) == ""
    (tmp_path / PIN_KEY).write_text("told\n")
    assert maintenance.pinned("", tmp_path) == "told"
    assert maintenance.pinned("stack", tmp_path) == "stack"


def test_without_the_repository_nothing_runs(tmp_path: Path) -> None:
    client = session.kopia(tmp_path / "state", "maintenance", 5, tmp_path)
    with pytest.raises(KopiaError, match="no repository"):
        maintenance.run(client, tmp_path, "a" * 64)
