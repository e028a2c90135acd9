import json
from pathlib import Path

import pytest

from contract.names import Identity
from kopia.command import KopiaError
from kopia.format_blob import unique_id
from kopia.repository import create, maintenance_owner
from mover import bootstrap, maintenance, session
from tests.mover.repository import DEADLINE, Bench, bench


@pytest.fixture(autouse=True)
def path(kopia_binary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(kopia_binary.parent), prepend=":")


@pytest.fixture
def repo(tmp_path: Path) -> Bench:
    return bench(tmp_path)


def client(repo: Bench, name: str):
    return session.kopia(repo.root / name, "x", DEADLINE, repo.secret)


def test_an_empty_export_becomes_a_repository_with_its_owner(repo: Bench) -> None:
    export = repo.root / "new"
    export.mkdir()
    found = bootstrap.open_or_create(client(repo, "b"), export, "")
    assert found == unique_id(export) != repo.id
    again = bootstrap.open_or_create(client(repo, "c"), export, found)
    assert again == found
    look = client(repo, "d")
    session.open_pinned(look, export, found, bootstrap.OWNER, readonly=True)
    assert maintenance_owner(look) == "maintenance@volsync"


def test_an_existing_repository_is_adopted_as_it_is(repo: Bench) -> None:
    before = {file: file.read_bytes() for file in repo.path.rglob("*") if file.is_file()}
    assert bootstrap.open_or_create(client(repo, "b"), repo.path, "") == repo.id
    assert before == {file: file.read_bytes() for file in repo.path.rglob("*") if file.is_file()}


def test_another_repository_than_the_pinned_one_is_refused(repo: Bench) -> None:
    with pytest.raises(KopiaError, match="is pinned"):
        bootstrap.open_or_create(client(repo, "b"), repo.path, "f" * 64)


def test_a_password_that_does_not_open_it_is_found_out(repo: Bench) -> None:
    (repo.secret / "KOPIA_PASSWORD").write_text("another")
    with pytest.raises(KopiaError, match="wrong repository password"):
        bootstrap.open_or_create(client(repo, "b"), repo.path, "")


def test_maintenance_runs_as_its_owner(repo: Bench) -> None:
    done = maintenance.run(client(repo, "m"), repo.path, repo.id)
    assert done == "quick and full maintenance done as maintenance@volsync"
    info = json.loads(repo.client("look").run("maintenance", "info", "--json"))
    assert info["schedule"]["runs"]


def test_maintenance_takes_over_from_an_owner_that_is_gone(repo: Bench) -> None:
    export = repo.root / "old"
    export.mkdir()
    create(client(repo, "a"), export, identity=Identity("root", "mover-pod-x7"))
    done = maintenance.run(client(repo, "m"), export, unique_id(export))
    assert done.endswith("taken over from root@mover-pod-x7")
    again = maintenance.run(client(repo, "n"), export, unique_id(export))
    assert "taken over" not in again
