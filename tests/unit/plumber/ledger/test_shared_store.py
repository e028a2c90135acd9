import asyncio
import time
from typing import Any

import pytest

from contract.ledger import shard
from contract.names import Claim, identity
from contract.volsync import PROVIDER, SpecKey, StatusKey
from fakes.http_api import FakeCluster
from plumber.ledger import store as module
from plumber.ledger.codec import dump
from plumber.ledger.store import ClusterMemory
from tests.unit.plumber.memories import HERE, MARK, MINE, learnt, play, read, until

pytestmark = pytest.mark.usefixtures("quick")


def test_who_waits_for_a_proof_knows_what_another_replica_wrote_before(
    cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "REREAD", 3600.0)
    cluster.pin(HERE)

    async def story(memory: ClusterMemory) -> None:
        await read(memory)
        config_map = cluster.config_maps[shard(MINE)]
        text = dump({MINE: MARK}, shard(MINE))
        cluster.store(shard(MINE), {**config_map, "data": {HERE: text}})
        assert memory.memory().marks == {}
        asked = time.monotonic()
        await asyncio.gather(*(memory.proven() for _ in range(100)))
        assert memory.memory().marks == {MINE: MARK}
        assert memory.memory().read >= asked

    reads = cluster.reads
    play(story)
    assert cluster.reads - reads < 20


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


def source() -> dict[str, Any]:
    result = {
        StatusKey.SNAPSHOT: MARK.id,
        StatusKey.SNAPSHOT_TIME: "2026-05-01T12:00:00Z",
        StatusKey.REPOSITORY: HERE,
    }
    return {
        "metadata": {"name": "data-backup", "namespace": "media"},
        "spec": {"external": {"provider": PROVIDER, "parameters": {SpecKey.USER: MINE.user}}},
        "status": {"external": result},
    }


def test_a_backup_is_known_as_soon_as_the_mover_says_so(cluster: FakeCluster) -> None:
    cluster.pin(HERE)

    async def story(memory: ClusterMemory) -> None:
        await read(memory)
        await until(lambda: memory.memory().is_told)
        cluster.put_source(source())
        await until(lambda: memory.memory().marks == {MINE: MARK})
        await until(lambda: MARK.id in str(cluster.config_maps[shard(MINE)]))

    play(story)


def test_what_the_mover_said_before_the_start_is_known_too(cluster: FakeCluster) -> None:
    cluster.pin(HERE)
    cluster.put_source(source())

    async def story(memory: ClusterMemory) -> None:
        await until(lambda: memory.memory().is_told)
        assert memory.memory().marks == {MINE: MARK}

    play(story)
