import base64
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kopia.command import Kopia, KopiaError
from kopia.format_blob import FORMAT_BLOB
from plumber.repository import RepositoryReader

Make = Callable[..., RepositoryReader]


@pytest.fixture
def reader(tmp_path: Path) -> Make:
    """Makes a reader whose kopia is a few lines of Python; each call is noted in `calls`."""

    def make(body: str = "print('[]' if 'snapshot' in args else '[1]')") -> RepositoryReader:
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


def test_the_mounted_id_comes_from_the_storage(reader: Make, tmp_path: Path) -> None:
    blob = {"uniqueID": base64.b64encode(b"\1" * 32).decode()}
    (tmp_path / FORMAT_BLOB).write_text(json.dumps(blob))
    assert reader().unique_id() == "01" * 32


def _calls(tmp_path: Path) -> list[str]:
    lines = (tmp_path / "calls").read_text().splitlines()
    return [" ".join(w for w in line.split() if not w.startswith("-")) for line in lines]


def test_it_connects_read_only_and_only_once(reader: Make, tmp_path: Path) -> None:
    connect = "open(os.environ['KOPIA_CONFIG_PATH'], 'w') if 'connect' in args else 0"
    made = reader(f"{connect}\nprint('[]' if 'snapshot' in args else '[1]')")
    assert made.snapshots() == made.snapshots() == ()
    calls = _calls(tmp_path)
    assert calls[0] == "repository connect filesystem"
    assert calls[1:] == ["snapshot list", "policy list"] * 2
    assert "--readonly" in (tmp_path / "calls").read_text().splitlines()[0]


def test_a_failed_connection_is_tried_again(reader: Make, tmp_path: Path) -> None:
    made = reader("sys.exit(1)")
    for _ in range(2):
        with pytest.raises(KopiaError):
            made.snapshots()
    assert _calls(tmp_path) == ["repository connect filesystem"] * 2


def test_a_lost_config_is_made_again(reader: Make, tmp_path: Path) -> None:
    made = reader()  # this kopia leaves no config behind
    made.snapshots()
    made.snapshots()
    assert _calls(tmp_path).count("repository connect filesystem") == 2


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
        broken.setattr("plumber.repository.listing", hang)
        with pytest.raises(KopiaError, match="did not answer"):
            made.snapshots()
    before = _calls(tmp_path)
    with pytest.raises(KopiaError, match="still hangs"):
        made.snapshots()
    assert _calls(tmp_path) == before
    undead.returncode = -9
    assert made.snapshots() == ()
