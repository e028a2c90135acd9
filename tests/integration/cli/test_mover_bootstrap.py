import json
import os
from dataclasses import fields
from datetime import UTC, datetime, timedelta

import pytest

from contract.names import Identity
from kopia import maintenance as known
from kopia.command import Kopia, KopiaError
from kopia.format_blob import unique_id
from kopia.repository import create
from kopia.snapshots import listing
from mover import bootstrap, maintenance
from mover.job import session
from tests.unit.mover.repository import DEADLINE, ONE_A_DAY, Bench

BIG = 48 << 20  # bytes; kopia fills packs of 20 MB, and empties one that is half dead only later


def client(repo: Bench, name: str):
    return session.kopia(repo.root / name, "x", DEADLINE, repo.secret)


def test_an_empty_export_becomes_a_repository_with_its_owner(repo: Bench) -> None:
    export = repo.root / "new"
    export.mkdir()
    unique = bootstrap.open_or_create(client(repo, "b"), export, "")
    assert unique == unique_id(export) != repo.id
    again = bootstrap.open_or_create(client(repo, "c"), export, unique)
    assert again == unique
    look = client(repo, "d")
    session.open_pinned(look, export, unique, bootstrap.OWNER, readonly=True)
    assert known.state(look).owner == "maintenance@volsync"


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
    run = maintenance.run(client(repo, "m"), repo.path, repo.id)
    assert run == "quick and full maintenance done as maintenance@volsync"
    began = known.state(repo.client("look")).last_full
    assert began
    assert abs(datetime.now(UTC) - began) < timedelta(minutes=5)


def test_each_hour_has_a_quick_one_and_index_files_are_joined_after_hours(repo: Bench) -> None:
    daily = maintenance.Schedule(line="30 4 * * *")
    first = maintenance.run(client(repo, "m"), repo.path, repo.id, daily)
    assert first.startswith("quick and full")
    for _ in range(2):
        assert maintenance.run(client(repo, "n"), repo.path, repo.id, daily).startswith("quick m")
    status = json.loads(repo.client("look").run("repository", "status", "--json"))
    epochs = status["contentFormat"]["epochParameters"]
    assert timedelta(microseconds=epochs["MinEpochDuration"] / 1000) == maintenance.EPOCH


def test_maintenance_takes_over_from_an_owner_that_is_gone(repo: Bench) -> None:
    export = repo.root / "old"
    export.mkdir()
    create(client(repo, "a"), export, identity=Identity("root", "mover-pod-x7"))
    run = maintenance.run(client(repo, "m"), export, unique_id(export))
    assert run.endswith("taken over from root@mover-pod-x7")
    again = maintenance.run(client(repo, "n"), export, unique_id(export))
    assert "taken over" not in again


class Impatient(Kopia):
    """Does not wait the hours that kopia's safety demands; only a test may."""

    def run(self, *args: str, deadline: float | None = None) -> str:
        hurry = ("--safety=none",) if args[:2] == ("maintenance", "run") else ()
        return super().run(*args, *hurry, deadline=deadline)


def size(repo: Bench) -> int:
    return sum(path.stat().st_size for path in repo.path.rglob("p/**/*.f"))


def test_the_space_of_expired_snapshots_comes_back(repo: Bench) -> None:
    volume = repo.root / "data"
    volume.mkdir()
    (volume / "noise").write_bytes(os.urandom(BIG))
    assert repo.backup(volume, retention=ONE_A_DAY).verified
    (volume / "noise").write_bytes(b"little")
    result = repo.backup(volume, retention=ONE_A_DAY)
    (snapshot,) = listing(repo.client("look"))
    assert snapshot.id == result.snapshot
    maintenance.run(client(repo, "patient"), repo.path, repo.id)
    assert size(repo) > BIG  # a day must pass: another writer may be about to use it again
    hurried = client(repo, "hurried")
    owner = Impatient(**{field.name: getattr(hurried, field.name) for field in fields(hurried)})
    maintenance.run(owner, repo.path, repo.id)
    assert size(repo) < BIG / 2
    assert repo.restore("out", result.snapshot)[0].verified
