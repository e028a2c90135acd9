import base64
import json
from pathlib import Path

import pytest

from contract.names import Identity
from kopia.command import KopiaError
from mover import session

RAW = b"\x01" * 32


def repository(path: Path) -> Path:
    path.mkdir()
    text = json.dumps({"uniqueID": base64.b64encode(RAW).decode()})
    (path / "kopia.repository.f").write_text(text)
    return path


def test_each_client_has_its_own_files(tmp_path: Path) -> None:
    one = session.kopia(tmp_path, "mover", 5, tmp_path)
    other = session.fresh(one, "check")
    assert {one.config, one.cache, one.logs}.isdisjoint({other.config, other.cache, other.logs})
    assert (other.password_file, other.deadline) == (one.password_file, one.deadline)
    assert other == session.kopia(tmp_path, "check", 5, tmp_path)


def test_only_the_pinned_repository_is_opened(tmp_path: Path) -> None:
    path = repository(tmp_path / "r")
    session.require_repository(path, RAW.hex())
    with pytest.raises(KopiaError, match="is the pinned one"):
        session.require_repository(path, "f" * 64)


def test_kopia_does_not_even_start_on_another_path(tmp_path: Path) -> None:
    (tmp_path / "void").mkdir()
    client = session.kopia(tmp_path, "mover", 5, tmp_path / "no-secret")
    with pytest.raises(KopiaError, match="no repository"):
        session.open_pinned(client, tmp_path / "void", "f" * 64, Identity("u", "h"), readonly=False)
    assert list((tmp_path / "void").iterdir()) == []
