import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contract.external import PROVIDER, Parameter, Result
from contract.ledger import BEGUN_KEY, SHARD_NAMES, shard
from contract.names import Claim, identity
from contract.repository import PIN_CONFIG_MAP
from plumber import memory as module
from plumber.cluster import Cluster
from plumber.knowledge import NEVER, Mark
from plumber.ledger import dump
from plumber.memory import ClusterMemory
from plumber.metrics import Metrics
from tests.plumber.cluster import FakeCluster

HERE = "a" * 64
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
MINE, OTHER = identity(Claim("media", "data")), identity(Claim("media", "other"))
MARK = Mark(NOON, "c" * 32)
LATER = Mark(NOON + timedelta(hours=1), "d" * 32)

Story = Callable[[ClusterMemory], Awaitable[None]]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY", 0.02)
    monkeypatch.setattr(module, "REREAD", 0.02)


def play(story: Story) -> ClusterMemory:
    """Runs a story beside a new process's memory."""

    async def stage() -> ClusterMemory:
        memory = ClusterMemory(Cluster(), Metrics())
        running = asyncio.create_task(memory.run())
        await asyncio.wait_for(story(memory), 20)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        return memory

    return asyncio.run(stage())


async def until(true: Callable[[], object]) -> None:
    while not true():
        await asyncio.sleep(0.005)


async def read(memory: ClusterMemory) -> None:
    await until(lambda: not memory.memory().trouble)


def learnt(cluster: FakeCluster, *marks: Mark) -> None:
    """A process that learns these marks of media/data, one after the other, and ends."""

    async def story(memory: ClusterMemory) -> None:
        await read(memory)
        for mark in marks:
            memory.learn(HERE, {MINE: mark})
            steps = cluster.reads + 3
            await until(lambda steps=steps: cluster.reads >= steps)

    play(story)


def test_without_a_pin_there_is_nothing_to_remember(cluster: FakeCluster) -> None:
    async def story(memory: ClusterMemory) -> None:
        await until(lambda: "pinned" in memory.memory().trouble)
        cluster.pin(HERE)
        await read(memory)

    play(story)


def test_the_first_start_begins_the_ledger_and_marks_the_pin_last(cluster: FakeCluster) -> None:
    cluster.pin(HERE)
    play(read)
    assert cluster.writes == [*SHARD_NAMES, PIN_CONFIG_MAP]
    assert cluster.config_maps[PIN_CONFIG_MAP]["data"][BEGUN_KEY] == HERE


def test_what_one_process_has_seen_the_next_one_knows(cluster: FakeCluster) -> None:
    cluster.pin(HERE)
    learnt(cluster, MARK)
    assert play(read).memory().marks == {MINE: MARK}


def test_a_newer_snapshot_is_written_at_leisure_and_at_the_end_at_the_latest(
    cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.pin(HERE)

    async def story(memory: ClusterMemory) -> None:
        for mark in (MARK, LATER):
            memory.learn(HERE, {MINE: mark})
            await memory.proven()
            assert MARK.id in str(cluster.config_maps[shard(MINE)])

    play(story)
    assert LATER.id in str(cluster.config_maps[shard(MINE)])
    monkeypatch.setattr(module, "LEISURE", 0.0)
    latest = Mark(NOON + timedelta(hours=2), "e" * 32)

    async def without_leisure(memory: ClusterMemory) -> None:
        await read(memory)
        memory.learn(HERE, {MINE: latest})
        await memory.proven()
        assert latest.id in str(cluster.config_maps[shard(MINE)])

    play(without_leisure)


def test_who_waits_for_a_proof_knows_what_another_replica_wrote_before(
    cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "REREAD", 3600.0)
    cluster.pin(HERE)

    async def story(memory: ClusterMemory) -> None:
        await read(memory)
        found = cluster.config_maps[shard(MINE)]
        text = dump({MINE: MARK}, shard(MINE))
        cluster.store(shard(MINE), {**found, "data": {HERE: text}})
        assert memory.memory().marks == {}
        asked = time.monotonic()
        await asyncio.gather(*(memory.proven() for _ in range(100)))
        assert memory.memory().marks == {MINE: MARK}
        assert memory.memory().read >= asked

    reads = cluster.reads
    play(story)
    assert cluster.reads - reads < 20


def test_an_end_without_an_api_server_is_quick_and_quiet(
    cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LAST_STEP", 0.5)
    cluster.pin(HERE)

    async def story(memory: ClusterMemory) -> None:
        await read(memory)
        cluster.away = True

    began = time.monotonic()
    play(story)
    assert time.monotonic() - began < 10


def test_what_another_replica_has_seen_is_known_a_little_later(cluster: FakeCluster) -> None:
    cluster.pin(HERE)

    async def story(memory: ClusterMemory) -> None:
        await read(memory)
        await asyncio.to_thread(learnt, cluster, MARK)
        await until(lambda: memory.memory().marks == {MINE: MARK})

    play(story)


def test_a_write_that_meets_another_s_is_repeated(cluster: FakeCluster) -> None:
    cluster.pin(HERE)
    cluster.conflicts = 3
    learnt(cluster, MARK)
    assert play(read).memory().marks == {MINE: MARK}


def test_two_that_write_one_shard_at_the_same_time_lose_nothing(cluster: FakeCluster) -> None:
    cluster.pin(HERE)
    play(read)
    others = (identity(Claim("media", f"other-{n}")) for n in range(1000))
    other = next(i for i in others if shard(i) == shard(MINE))

    def write() -> None:
        metadata = cluster.config_maps[shard(MINE)]["metadata"]
        text = dump({other: MARK}, shard(MINE))
        cluster.store(shard(MINE), {"metadata": metadata, "data": {HERE: text}})

    cluster.interloper = write
    learnt(cluster, MARK)
    assert play(read).memory().marks == {MINE: MARK, other: MARK}


def test_a_ledger_that_is_gone_is_told_until_somebody_accepts_it(cluster: FakeCluster) -> None:
    cluster.pin(HERE)
    learnt(cluster, MARK)
    for name in SHARD_NAMES:
        del cluster.config_maps[name]

    async def story(memory: ClusterMemory) -> None:
        await until(lambda: "is gone" in memory.memory().trouble)
        assert memory.memory().is_lost
        assert not [name for name in SHARD_NAMES if name in cluster.config_maps]
        del cluster.config_maps[PIN_CONFIG_MAP]["data"][BEGUN_KEY]
        await read(memory)

    play(story)


def test_a_living_process_writes_a_lost_shard_again(cluster: FakeCluster) -> None:
    cluster.pin(HERE)

    async def story(memory: ClusterMemory) -> None:
        await read(memory)
        memory.learn(HERE, {MINE: MARK})
        await until(lambda: MARK.id in str(cluster.config_maps[shard(MINE)]))
        del cluster.config_maps[shard(MINE)]
        await until(lambda: MARK.id in str(cluster.config_maps.get(shard(MINE))))
        assert not memory.memory().is_lost

    play(story)


def test_an_api_server_that_goes_away_takes_nothing_that_was_read(cluster: FakeCluster) -> None:
    cluster.pin(HERE)
    learnt(cluster, MARK)

    async def story(memory: ClusterMemory) -> None:
        await read(memory)
        await until(lambda: memory.memory().is_told)
        cluster.away = True
        await until(lambda: not memory.memory().is_told)
        await until(lambda: memory.memory().trouble)
        assert (memory.memory().is_lost, memory.memory().marks) == (False, {MINE: MARK})
        memory.learn(HERE, {OTHER: MARK})
        cluster.away = False
        await until(lambda: MARK.id in str(cluster.config_maps[shard(OTHER)]))
        await until(lambda: memory.memory().is_told)

    play(story)


def test_an_api_server_that_is_away_at_the_start_leaves_the_ledger_unread(
    cluster: FakeCluster,
) -> None:
    cluster.away = True

    async def story(memory: ClusterMemory) -> None:
        memory.learn(HERE, {MINE: MARK})
        await until(lambda: "API server" in memory.memory().trouble)
        assert memory.memory().read == NEVER
        assert memory.memory().marks == {MINE: MARK}

    play(story)


def test_another_repository_begins_anew_and_the_old_one_is_kept(cluster: FakeCluster) -> None:
    cluster.pin(HERE)
    learnt(cluster, MARK)
    cluster.pin("b" * 64)
    assert play(read).memory().marks == {}
    cluster.pin(HERE)
    assert play(read).memory().marks == {MINE: MARK}


def source() -> dict[str, Any]:
    result = {
        Result.SNAPSHOT: MARK.id,
        Result.SNAPSHOT_TIME: "2026-05-01T12:00:00Z",
        Result.REPOSITORY: HERE,
    }
    return {
        "metadata": {"name": "data-backup", "namespace": "media"},
        "spec": {"external": {"provider": PROVIDER, "parameters": {Parameter.USER: MINE.user}}},
        "status": {"external": result},
    }


def test_a_backup_is_known_as_soon_as_the_mover_says_so(cluster: FakeCluster) -> None:
    cluster.pin(HERE)

    async def story(memory: ClusterMemory) -> None:
        await read(memory)
        await until(lambda: memory.memory().is_told)
        cluster.tell(source())
        await until(lambda: memory.memory().marks == {MINE: MARK})
        await until(lambda: MARK.id in str(cluster.config_maps[shard(MINE)]))

    play(story)


def test_what_the_mover_said_before_the_start_is_known_too(cluster: FakeCluster) -> None:
    cluster.pin(HERE)
    cluster.tell(source())

    async def story(memory: ClusterMemory) -> None:
        await until(lambda: memory.memory().is_told)
        assert memory.memory().marks == {MINE: MARK}

    play(story)
