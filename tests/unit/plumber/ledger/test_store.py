import time
from datetime import timedelta

import pytest

from contract.ledger import BEGUN_KEY, SHARD_NAMES, shard
from contract.repository import PIN_CONFIG_MAP
from fakes.http_api import FakeCluster
from plumber.knowledge import NEVER, Mark
from plumber.ledger import store as module
from plumber.ledger.store import ClusterMemory
from tests.unit.plumber.memories import (
    HERE,
    LATER,
    MARK,
    MINE,
    NOON,
    OTHER,
    learnt,
    play,
    read,
    until,
)

pytestmark = pytest.mark.usefixtures("quick")


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


def test_an_end_without_an_api_server_is_quick_and_quiet(
    cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LAST_STEP", 0.5)
    cluster.pin(HERE)

    async def story(memory: ClusterMemory) -> None:
        await read(memory)
        cluster.is_down = True

    began = time.monotonic()
    play(story)
    assert time.monotonic() - began < 10


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
        cluster.is_down = True
        await until(lambda: not memory.memory().is_told)
        await until(lambda: memory.memory().trouble)
        assert (memory.memory().is_lost, memory.memory().marks) == (False, {MINE: MARK})
        memory.learn(HERE, {OTHER: MARK})
        cluster.is_down = False
        await until(lambda: MARK.id in str(cluster.config_maps[shard(OTHER)]))
        await until(lambda: memory.memory().is_told)

    play(story)


def test_an_api_server_that_is_away_at_the_start_leaves_the_ledger_unread(
    cluster: FakeCluster,
) -> None:
    cluster.is_down = True

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
