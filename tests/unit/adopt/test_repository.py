import json
import os
from pathlib import Path

import pytest

from adopt.repository import read
from contract.names import Identity
from kopia.command import KopiaError
from kopia.format_blob import FORMAT_BLOB
from tests.unit.adopt.kopia import UNIQUE_ID, fake_kopia, repository

DATA = Identity("data-backup", "media")


def test_what_lies_at_the_path_is_told(tmp_path):
    path, kopia = repository(tmp_path), fake_kopia(tmp_path, [DATA], owner="root@pod")
    contents = read(path, tmp_path / "password", str(kopia))
    assert (contents.path, contents.unique_id, contents.owner) == (path, UNIQUE_ID, "root@pod")
    assert list(contents.histories) == [DATA]
    assert contents.uids == {os.getuid()}


def test_nothing_of_kopia_stays_behind(tmp_path, monkeypatch):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    path, kopia = repository(tmp_path), fake_kopia(tmp_path, [DATA])
    read(path, tmp_path / "password", str(kopia))
    assert os.listdir(path) == [FORMAT_BLOB]
    assert os.listdir(scratch) == []


def test_a_path_without_a_repository_is_an_error(tmp_path):
    with pytest.raises(KopiaError, match="no repository"):
        read(tmp_path, tmp_path / "password", str(fake_kopia(tmp_path)))


def test_a_password_that_cannot_be_read_is_an_error(tmp_path):
    path, kopia = repository(tmp_path), fake_kopia(tmp_path)
    with pytest.raises(KopiaError, match="password cannot be read"):
        read(path, tmp_path / "none", str(kopia))


def test_a_kopia_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(KopiaError, match="cannot be started"):
        read(repository(tmp_path), tmp_path / "password", str(tmp_path / "kopia"))


@pytest.mark.parametrize("key", ["snapshot", "maintenance", "repository"])
def test_an_answer_that_is_not_whole_is_an_error(tmp_path: Path, key: str):
    path, kopia = repository(tmp_path), fake_kopia(tmp_path, [DATA])
    output = json.loads((tmp_path / "output").read_text())
    (tmp_path / "output").write_text(json.dumps(output | {key: [{}]}))
    with pytest.raises(KopiaError):
        read(path, tmp_path / "password", str(kopia))


def test_another_repository_than_the_one_looked_at_is_an_error(tmp_path):
    path, kopia = repository(tmp_path), fake_kopia(tmp_path)
    output = json.loads((tmp_path / "output").read_text())
    output["repository"]["uniqueIDHex"] = "cd" * 32
    (tmp_path / "output").write_text(json.dumps(output))
    with pytest.raises(KopiaError, match="changed while"):
        read(path, tmp_path / "password", str(kopia))
