from pathlib import Path

from kopia.command import KopiaError
from mover.backup import _cause


def test_a_failure_of_the_repository_keeps_its_own_reason(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert _cause(tmp_path, KopiaError("no space left")) == "no space left"


def test_a_failure_to_read_is_counted_and_named(tmp_path: Path) -> None:
    text = _cause(tmp_path / "gone", KopiaError("exit code 1"))
    assert text == "1 files or directories cannot be read, the first: . (exit code 1)"
