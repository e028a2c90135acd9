import asyncio
import json
import os
from dataclasses import fields
from datetime import UTC, datetime, timedelta

import pytest

from contract.environment import MaintenanceSettings
from contract.names import Identity
from contract.repository import OWNER_KEY, PIN_CONFIG_MAP, SHARED_KEY
from contract.scope import VOLSYNC_NAMESPACE
from contract.times import CLOCKS_DISAGREE
from fakes.api_server import FakeApiServer
from kopia import maintenance as known
from kopia.command import Kopia, KopiaError
from kopia.format_blob import unique_id
from kopia.repository import create
from kopia.snapshots import listing
from kube.resource import CONFIG_MAP
from mover import bootstrap, maintenance
from mover.job import session
from mover.maintenance_owner import FIRST, SharedError
from tests.unit.mover.repository import DEADLINE, ONE_A_DAY, Bench

PIN_PLACE = (CONFIG_MAP, VOLSYNC_NAMESPACE, PIN_CONFIG_MAP)
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
    session.open_pinned(look, export, unique, FIRST, readonly=True)
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


def cluster(uid: str) -> FakeApiServer:
    """A cluster whose bootstrap has ended."""
    made = FakeApiServer()
    made.objects[PIN_PLACE]["metadata"]["uid"] = uid
    made.now = datetime.now(UTC)
    return made


def maintain(repo: Bench, api: FakeApiServer) -> str:
    settings = MaintenanceSettings(state="", unique_id=repo.id, repository=str(repo.path))
    uid = api.objects[PIN_PLACE]["metadata"]["uid"]
    return asyncio.run(maintenance.maintain(api, settings, client(repo, uid)))


def test_a_rebuilt_cluster_takes_maintenance_over_once(repo: Bench) -> None:
    former, rebuilt = cluster("one"), cluster("two")
    assert maintain(repo, former).endswith("taken over from maintenance@volsync")
    assert maintain(repo, former).endswith("done as maintenance@one")
    assert maintain(repo, rebuilt).endswith("taken over from maintenance@one")
    assert maintain(repo, rebuilt).endswith("done as maintenance@two")


def test_of_two_living_clusters_the_first_stops_and_keeps_with_the_pin_why(repo: Bench) -> None:
    first, second = cluster("one"), cluster("two")
    for api in (first, second):
        maintain(repo, api)
    began = known.state(repo.client("look")).last_full
    for _ in range(2):
        with pytest.raises(SharedError, match="maintenance@two has taken maintenance over"):
            maintain(repo, first)
    assert known.state(repo.client("look")).last_full == began
    assert first.objects[PIN_PLACE]["data"][SHARED_KEY] == "maintenance@two"
    maintain(repo, second)
    # When the second one is gone a person says so, and the first goes on.
    forgotten = {"data": {OWNER_KEY: None}}
    first.change(CONFIG_MAP, VOLSYNC_NAMESPACE, PIN_CONFIG_MAP, forgotten)
    assert maintain(repo, first).endswith("taken over from maintenance@two")
    assert first.objects[PIN_PLACE]["data"][SHARED_KEY] == ""


def test_where_the_api_server_says_another_time_nothing_is_maintained(repo: Bench) -> None:
    """As where node and export are one machine, whose clock is wrong."""
    api = cluster("one")
    api.tick(timedelta(days=40).total_seconds())
    with pytest.raises(KopiaError, match=f"{CLOCKS_DISAGREE}.*the API server's"):
        maintain(repo, api)
    assert known.state(repo.client("look")).owner == "maintenance@volsync"


def test_without_a_pin_nothing_is_maintained(repo: Bench) -> None:
    api = cluster("one")
    del api.objects[PIN_PLACE]
    settings = MaintenanceSettings(state="", unique_id=repo.id, repository=str(repo.path))
    with pytest.raises(KopiaError, match="bootstrap has not finished"):
        asyncio.run(maintenance.maintain(api, settings, client(repo, "m")))
    assert known.state(repo.client("look")).owner == "maintenance@volsync"


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
    (volume / "noise").write_bytes(os.urandom(BIG // 8))  # less would count as lost data
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
