import base64
import json
from pathlib import Path

import pytest

from kopia.command import KopiaError
from kopia.format_blob import FORMAT_BLOB, has_index, unique_id

UNIQUE = bytes(range(32))


def _write(folder: Path, content: bytes) -> Path:
    (folder / FORMAT_BLOB).write_bytes(content)
    return folder


def test_the_id_is_hex_as_kopia_shows_it(tmp_path: Path) -> None:
    blob = {"tool": "x", "uniqueID": base64.b64encode(UNIQUE).decode()}
    assert unique_id(_write(tmp_path, json.dumps(blob).encode())) == UNIQUE.hex()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"{}",
        b'{"uniqueID": 5}',
        b'{"uniqueID": "AA=="}',
        b'{"uniqueID": "!!!!"}',
        b"\xff\xfe",
    ],
)
def test_a_damaged_blob_is_never_an_id(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(KopiaError, match="damaged"):
        unique_id(_write(tmp_path, content))


def test_an_empty_export_is_no_repository(tmp_path: Path) -> None:
    with pytest.raises(KopiaError, match="no repository"):
        unique_id(tmp_path)


def test_an_unreadable_path_is_told_apart_from_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / FORMAT_BLOB).mkdir()
    with pytest.raises(KopiaError, match="cannot be read"):
        unique_id(tmp_path)


@pytest.mark.parametrize(
    "blob", ["x/n0_/4cf5.f", "xn0/_4c/f5.f", "n/4cf/5.f", "xn0_4cf5.f", "n12/345/6.f"]
)
def test_an_index_is_found_however_its_blobs_are_sharded(tmp_path: Path, blob: str) -> None:
    (tmp_path / "p" / "abc").mkdir(parents=True)
    (tmp_path / "p" / "abc" / "d.f").touch()
    assert not has_index(tmp_path)
    (tmp_path / blob).parent.mkdir(parents=True, exist_ok=True)
    assert not has_index(tmp_path)
    (tmp_path / blob).touch()
    assert has_index(tmp_path)
