"""`python -m plumber.verify` over a real repository on disk."""

from collections.abc import Callable
from pathlib import Path

import pytest

from contract.names import Claim, identity
from kopia.command import Kopia
from kopia.format_blob import unique_id
from plumber import verify

DATA = identity(Claim("media", "data"))
Run = Callable[..., int]


@pytest.fixture
def run(repository: Path, writer: Kopia, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    environment = {
        "KOPIA": writer.binary,
        "PASSWORD_FILE": str(writer.password_file),
        "REPOSITORY": str(repository),
        "STATE": str(tmp_path / "state"),
    }
    for name, value in environment.items():
        monkeypatch.setenv(f"PLUMBER_{name}", value)
    return lambda *words: verify.main(list(words))


def test_a_whole_repository_is_told_with_its_id_and_leaves_nothing_behind(
    run: Run,
    repository: Path,
    back_up: Callable[..., str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    back_up(DATA, {"a": b"content"})
    assert run("--files", "100") == 0
    output = capsys.readouterr().out
    assert unique_id(repository) in output
    assert "1 snapshots, 0 of them incomplete" in output
    assert list((tmp_path / "state").iterdir()) == []


def test_a_byte_that_was_flipped_in_a_pack_is_found_where_the_files_are_read(
    run: Run, repository: Path, back_up: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    back_up(DATA, {"a": b"content" * 1000})
    packs = [path for path in (repository / "p").rglob("*") if path.is_file()]
    for pack in packs:
        content = bytearray(pack.read_bytes())
        content[len(content) // 2] ^= 1
        pack.write_bytes(content)
    assert run("--files", "100") == 1
    assert "not verified" in capsys.readouterr().err


def test_a_pack_that_is_gone_is_found_without_reading_files(
    run: Run, repository: Path, back_up: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    back_up(DATA, {"a": b"content"})
    for pack in [path for path in (repository / "p").rglob("*") if path.is_file()]:
        pack.unlink()
    assert run() == 1
    assert "not verified" in capsys.readouterr().err


def test_a_wrong_password_or_a_lost_index_is_no_whole_repository(
    run: Run,
    repository: Path,
    back_up: Callable[..., str],
    writer: Kopia,
    capsys: pytest.CaptureFixture[str],
) -> None:
    back_up(DATA)
    right = writer.password_file.read_text()
    writer.password_file.write_text("of something else")
    assert run() == 1
    assert "wrong repository password" in capsys.readouterr().err
    writer.password_file.write_text(right)
    for index in [path for path in (repository / "x").rglob("*") if path.is_file()]:
        index.unlink()
    assert run() == 1


@pytest.mark.parametrize("percent", ["-1", "101", "nan", "many"])
def test_a_share_that_makes_no_sense_is_refused(run: Run, percent: str) -> None:
    with pytest.raises(SystemExit, match="2"):
        run("--files", percent)
