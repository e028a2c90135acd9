from pathlib import Path

from kopia.command import KopiaError
from mover.job.backup import _cause


def test_a_failure_of_kopia_keeps_its_own_reason(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert _cause(tmp_path, [], KopiaError("killed")) == "killed"


def test_a_failure_to_read_is_counted_and_named(tmp_path: Path) -> None:
    text = _cause(tmp_path / "gone", ["bad/sector"], KopiaError("exit code 1"))
    assert text.startswith("2 files or directories cannot be read, the first: ., bad/sector")
    assert text.endswith("(exit code 1)")
