"""What the kopia package promises, against the real kopia and a repository on disk."""

import base64
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from contract.names import Identity
from kopia import maintenance
from kopia.command import Kopia, KopiaError
from kopia.format_blob import FORMAT_BLOB, unique_id
from kopia.repository import connect, create, status
from kopia.snapshots import listing, newest_complete

DATA = Identity("data-backup", "media")
READER = Identity("plumber", "volsync")


@pytest.fixture
def reader(repository: Path, new_kopia: Callable[..., Kopia]) -> Kopia:
    kopia = new_kopia("reader")
    connect(kopia, repository, readonly=True, identity=READER)
    return kopia


def test_a_new_repository_lists_nothing_and_has_its_owner(
    repository: Path, writer: Kopia, reader: Kopia
) -> None:
    assert listing(reader) == ()
    assert maintenance.state(writer).owner == "maintenance@volsync"
    assert unique_id(repository) == status(reader).unique_id == status(writer).unique_id


@pytest.mark.parametrize("readonly", [True, False])
def test_a_connection_is_what_kopia_s_own_command_makes(
    repository: Path, new_kopia: Callable[..., Kopia], *, readonly: bool
) -> None:
    ours, theirs = new_kopia("ours"), new_kopia("theirs")
    connect(ours, repository, readonly=readonly, identity=READER)
    theirs.run(
        *("repository", "connect", "filesystem", f"--path={repository}"),
        *("--max-list-cache-duration=0s", "--disable-repository-format-cache"),
        *("--content-cache-size-mb=256", "--metadata-cache-size-mb=1024"),
        *(f"--override-username={READER.user}", f"--override-hostname={READER.host}"),
        *(["--readonly"] if readonly else []),
    )
    config = json.loads(theirs.config.read_text())
    assert config.pop("description")
    assert json.loads(ours.config.read_text()) == config


def test_status_tells_who_is_connected_and_how(reader: Kopia, writer: Kopia) -> None:
    def connection(kopia: Kopia) -> dict[str, object]:
        return json.loads(kopia.run("repository", "status", "--json"))["clientOptions"]

    options = connection(reader)
    assert (options["username"], options["hostname"]) == (READER.user, READER.host)
    assert options["readonly"]
    assert not connection(writer).get("readonly")


def test_status_before_a_connection_is_a_failure(new_kopia: Callable[..., Kopia]) -> None:
    with pytest.raises(KopiaError, match="not connected"):
        status(new_kopia("lonely"))


def test_a_snapshot_is_seen_at_once_by_a_reader_that_already_listed(
    reader: Kopia, back_up: Callable[..., str]
) -> None:
    assert listing(reader) == ()
    snapshot_id = back_up(DATA, {"a": b"12345", "b": b""})
    newest = newest_complete(listing(reader), DATA)
    assert newest is not None
    assert (newest.id, newest.files, newest.dirs, newest.bytes) == (snapshot_id, 2, 1, 5)


def test_no_file_of_kopia_holds_the_password(reader: Kopia) -> None:
    password = reader.password_file.read_text().encode()
    forms = (password, base64.b64encode(password))
    files = [path for path in reader.config.parent.rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if any(form in path.read_bytes() for form in forms)]


def test_creating_refuses_a_folder_that_holds_data(
    repository: Path, new_kopia: Callable[..., Kopia]
) -> None:
    with pytest.raises(KopiaError, match="already holds data"):
        create(new_kopia("second"), repository, identity=READER)


def test_connecting_never_creates(tmp_path: Path, new_kopia: Callable[..., Kopia]) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    lost = new_kopia("lost")
    connect(lost, empty, readonly=False, identity=READER)
    with pytest.raises(KopiaError, match="no repository"):
        listing(lost)
    assert not (empty / FORMAT_BLOB).exists()


def test_a_wrong_password_is_a_failure(reader: Kopia) -> None:
    reader.password_file.write_text("wrong")
    with pytest.raises(KopiaError, match="wrong repository password"):
        listing(reader)


def test_an_emptied_export_behind_a_warm_cache_is_a_failure(
    repository: Path, reader: Kopia, back_up: Callable[..., str]
) -> None:
    back_up(DATA)
    listing(reader)
    repository.rename(repository.with_name("away"))
    repository.mkdir()
    with pytest.raises(KopiaError, match="no repository"):
        listing(reader)
    with pytest.raises(KopiaError, match="no repository"):
        status(reader)


def test_the_emptied_export_would_fool_kopia_with_its_own_defaults(
    repository: Path, new_kopia: Callable[..., Kopia], back_up: Callable[..., str]
) -> None:
    back_up(DATA)
    kopia = new_kopia("naive")
    kopia.run("repository", "connect", "filesystem", f"--path={repository}", "--readonly")
    kopia.run("snapshot", "list", "--all", "--json")
    repository.rename(repository.with_name("away"))
    repository.mkdir()
    assert json.loads(kopia.run("snapshot", "list", "--all", "--json")) == []


def test_an_export_without_its_index_is_a_failure(
    repository: Path, reader: Kopia, back_up: Callable[..., str]
) -> None:
    back_up(DATA)
    shutil.rmtree(repository / "x")
    with pytest.raises(KopiaError, match="index is missing"):
        listing(reader)


@pytest.mark.parametrize("prefix", ["x", "q"])
@pytest.mark.parametrize("kept", [0, 40])
def test_a_truncated_blob_is_a_failure(
    repository: Path, reader: Kopia, back_up: Callable[..., str], prefix: str, kept: int
) -> None:
    back_up(DATA)
    for blob in (repository / prefix).rglob("*.f"):
        blob.write_bytes(blob.read_bytes()[:kept])
    with pytest.raises(KopiaError):
        listing(reader)


def test_an_index_that_is_no_folder_is_a_failure(
    repository: Path, reader: Kopia, back_up: Callable[..., str]
) -> None:
    back_up(DATA)
    shutil.rmtree(repository / "x")
    (repository / "x").write_text("not a folder")
    with pytest.raises(KopiaError):
        listing(replace(reader, deadline=5.0))


def test_another_repository_has_another_id(
    repository: Path, reader: Kopia, new_kopia: Callable[..., Kopia]
) -> None:
    before = status(reader).unique_id
    shutil.rmtree(repository)
    repository.mkdir()
    create(new_kopia("other"), repository, identity=READER)
    assert status(reader).unique_id == unique_id(repository) != before


def test_the_format_blob_holds_the_id_in_base64(repository: Path) -> None:
    blob = json.loads((repository / FORMAT_BLOB).read_text())
    assert base64.b64decode(blob["uniqueID"]).hex() == unique_id(repository)
