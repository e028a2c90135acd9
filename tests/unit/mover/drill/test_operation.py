import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from contract.environment import RepositorySettings
from contract.names import Claim, Identity
from contract.repository import PIN_CONFIG_MAP, PIN_KEY
from contract.scope import RESTORE_PROOF, VOLSYNC_NAMESPACE
from fakes.api_server import FakeApiServer
from fakes.builders import NOW, ORDERED, PIN
from kopia.failure import KopiaError, RepositoryError
from kube.resource import CONFIG_MAP
from mover.drill import operation as drill
from mover.drill import record
from mover.drill.rounds import Outcome, Record, Trial
from mover.job import session, task
from mover.job.task import Task
from tests.unit.mover.snapshots import snapshot

SHOP = Claim("shop", "data")
PLACE = (CONFIG_MAP, VOLSYNC_NAMESPACE, RESTORE_PROOF)


@pytest.fixture
def world() -> FakeApiServer:
    made = FakeApiServer()
    made.put(CONFIG_MAP, {"metadata": {"name": RESTORE_PROOF, "namespace": VOLSYNC_NAMESPACE}})
    return made


@pytest.fixture
def settings(tmp_path: Path) -> RepositorySettings:
    return RepositorySettings(
        unique_id="",
        namespace=VOLSYNC_NAMESPACE,
        repository=str(tmp_path / "repository"),
        state=str(tmp_path / "state"),
        deadline=5,
    )


def run(world: FakeApiServer, settings: RepositorySettings) -> None:
    asyncio.run(drill.run(world, settings))


def recorded(world: FakeApiServer) -> Record:
    return record.read(world.objects[PLACE]["data"], PIN, NOW)


def test_a_repository_that_is_not_pinned_yet_is_not_touched(
    world: FakeApiServer, settings: RepositorySettings
) -> None:
    world.change(CONFIG_MAP, VOLSYNC_NAMESPACE, PIN_CONFIG_MAP, {"data": {PIN_KEY: None}})
    with pytest.raises(KopiaError, match="not known yet"):
        run(world, settings)
    assert "not known yet" in recorded(world).problem


def test_a_stack_that_pins_another_repository_is_told(
    world: FakeApiServer, settings: RepositorySettings
) -> None:
    with pytest.raises(KopiaError, match="this cluster has worked with"):
        run(world, replace(settings, unique_id="b" * 64))
    assert "this cluster has worked with" in recorded(world).problem


def test_a_repository_that_is_away_is_a_problem_of_the_drill_and_not_of_a_pvc(
    world: FakeApiServer, settings: RepositorySettings
) -> None:
    with pytest.raises(RepositoryError, match="no repository"):
        run(world, settings)
    assert recorded(world).problem == "there is no repository at the path"
    assert recorded(world).ended
    assert recorded(world).proofs == {}


def test_nothing_of_a_former_drill_is_left_in_the_cache(tmp_path: Path) -> None:
    for name in (drill.LOOK, drill.RESTORE, drill.SCRATCH):
        (tmp_path / name / "cache").mkdir(parents=True)
    drill.forget(tmp_path)
    drill.forget(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [drill.SCRATCH]


@pytest.fixture
def job(tmp_path: Path) -> Task:
    (tmp_path / "scratch").mkdir()
    order = task.restore(PIN, Identity("u", "h"), 5, ORDERED, "")
    return replace(order, data=str(tmp_path / "scratch"), repository=str(tmp_path / "repository"))


def attempt(job: Task, size: int) -> Trial:
    client = session.kopia(Path(job.data).parent / "state", "x", 5, Path(job.data))
    return drill.attempt(client, job, snapshot(bytes=size))


def test_a_snapshot_without_room_is_skipped_and_never_proven(job: Task) -> None:
    trial = attempt(job, 1 << 60)
    assert trial.outcome == Outcome.SKIPPED
    assert "too large: it has 1152921504606846976 bytes" in trial.reason
    assert trial.snapshot == "1" * 32


def test_a_scratch_volume_that_is_not_empty_is_no_fault_of_a_backup(job: Task) -> None:
    (Path(job.data) / "left").touch()
    with pytest.raises(KopiaError, match="scratch volume is not empty"):
        attempt(job, 1)


def test_a_scratch_volume_that_is_not_there_is_no_fault_of_a_backup(job: Task) -> None:
    Path(job.data).rmdir()
    with pytest.raises(FileNotFoundError):
        attempt(job, 1)


def test_the_log_tells_how_it_ended() -> None:
    good = Trial(outcome=Outcome.GOOD, snapshot="1", time="T", files=3, bytes=10)
    bad = replace(good, outcome=Outcome.FAILED, reason="damaged")
    assert drill.summary(None) == "no PVC has a complete snapshot yet"
    assert drill.summary((SHOP, good)) == (
        "proven: shop/data, snapshot 1 of T: 3 files, 10 bytes came back"
    )
    assert drill.summary((SHOP, bad)) == "failed: shop/data, snapshot 1 of T: damaged"
