import base64
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kopia.command import Kopia, KopiaError
from kopia.format_blob import FORMAT_BLOB
from kopia.snapshots import SnapshotList
from plumber.repository.reader import RepositoryReader

Make = Callable[..., RepositoryReader]

# An empty list, and the global policy that proves it whole.
NO_SNAPSHOTS = """print('[]' if 'snapshot' in args else '[{"target": {"path": ""}}]')"""


@pytest.fixture
def reader(tmp_path: Path) -> Make:
    """Makes a reader whose kopia is a few lines of Python; each call is noted in `calls`."""

    def make(body: str = NO_SNAPSHOTS) -> RepositoryReader:
        note = f"print(*args, file=open({str(tmp_path / 'calls')!r}, 'a'))"
        script = tmp_path / "kopia"
        script.write_text(
            f"#!{sys.executable} -S\nimport os, sys\nargs = sys.argv[1:]\n{note}\n{body}\n"
        )
        script.chmod(0o755)
        (tmp_path / "password").write_text("made up")
        state = tmp_path / "state"
        kopia = Kopia(
            binary=str(script),
            config=state / "repository.config",
            cache=state / "cache",
            logs=state / "logs",
            password_file=tmp_path / "password",
            deadline=5.0,
        )
        return RepositoryReader(path=tmp_path, pin_file=tmp_path / "pin", kopia=kopia)

    return make


def test_the_pin_is_read_anew_each_time(reader: Make, tmp_path: Path) -> None:
    made = reader()
    with pytest.raises(KopiaError, match="not finished"):
        made.pinned()
    (tmp_path / "pin").write_text("a" * 64 + "\n")
    assert made.pinned() == "a" * 64
    (tmp_path / "pin").write_text("b" * 64)
    assert made.pinned() == "b" * 64


@pytest.mark.parametrize("content", [b"", b"a" * 63, b"A" * 64, b"a" * 65, b"\xff"])
def test_a_malformed_pin_is_no_pin(reader: Make, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "pin").write_bytes(content)
    with pytest.raises(KopiaError):
        reader().pinned()


def _format(tmp_path: Path, more: str = "") -> None:
    blob = {"uniqueID": base64.b64encode(b"\1" * 32).decode(), "more": more}
    (tmp_path / FORMAT_BLOB).write_text(json.dumps(blob))


def _blob(tmp_path: Path, *parts: str) -> Path:
    path = tmp_path.joinpath(*parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("")
    return path


def test_the_mounted_id_comes_from_the_storage(reader: Make, tmp_path: Path) -> None:
    _format(tmp_path)
    assert reader().look().unique_id == "01" * 32


@pytest.mark.parametrize(
    "parts", [("x", "n0_", "a-c1.f"), ("xn0", "_ab", "c.f"), ("n", "abc.f"), ("m", "a.f")]
)
def test_a_new_or_removed_index_blob_of_any_layout_is_seen(
    reader: Make, tmp_path: Path, parts: tuple[str, ...]
) -> None:
    _format(tmp_path)
    before = reader().look()
    blob = _blob(tmp_path, *parts)
    assert reader().look() != before
    blob.unlink()
    assert reader().look() == before


def test_data_that_no_list_shows_yet_and_reading_change_nothing(
    reader: Make, tmp_path: Path
) -> None:
    _format(tmp_path)
    _blob(tmp_path, "x", "a.f")
    before = reader().look()
    _blob(tmp_path, "q", "pack.f")
    _blob(tmp_path, "_", "log.f")
    assert reader().look() == before


def test_another_password_is_seen(reader: Make, tmp_path: Path) -> None:
    _format(tmp_path)
    before = reader().look()
    _format(tmp_path, "rewritten")
    assert reader().look() != before


def test_an_index_that_cannot_be_read_is_an_error(reader: Make, tmp_path: Path) -> None:
    _format(tmp_path)
    (tmp_path / "x").symlink_to("x")  # too many levels of symbolic links
    with pytest.raises(KopiaError, match="cannot be read"):
        reader().look()


def _calls(tmp_path: Path) -> list[str]:
    lines = (tmp_path / "calls").read_text().splitlines()
    return [" ".join(w for w in line.split() if not w.startswith("-")) for line in lines]


def test_it_reads_and_never_writes_also_after_its_config_was_lost(
    reader: Make, tmp_path: Path
) -> None:
    made = reader()
    for _ in range(2):
        assert made.whole_list() == SnapshotList()
        assert json.loads(made.kopia.config.read_text())["readonly"] is True
        made.kopia.config.unlink()
    assert _calls(tmp_path) == ["snapshot list", "policy list"] * 2


class Undead:
    returncode: int | None = None

    def poll(self) -> int | None:
        return self.returncode


def test_no_kopia_is_started_beside_one_that_could_not_be_killed(
    reader: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, undead = reader(), Undead()

    def hang(*args: object, **more: object) -> None:
        raise KopiaError("kopia did not answer within 5 s", undead)  # ty: ignore

    with monkeypatch.context() as broken:
        broken.setattr("plumber.repository.reader.whole_list", hang)
        with pytest.raises(KopiaError, match="did not answer"):
            made.whole_list()
    with pytest.raises(KopiaError, match="still hangs"):
        made.whole_list()
    assert not (tmp_path / "calls").exists()
    undead.returncode = -9
    assert made.whole_list() == SnapshotList()


def test_how_full_its_volume_is_tells_nothing_of_its_content(reader: Make, tmp_path: Path) -> None:
    _format(tmp_path)
    looker = reader()
    before = looker.look()
    (tmp_path / "ballast").write_bytes(b"x" * 20_000_000)
    after = looker.look()
    assert 0 < after.free < after.size == before.size
    assert after == before
