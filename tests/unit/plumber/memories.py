"""Memories of new processes, played one after the other."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from contract.names import Claim, identity
from fakes.http_api import FakeCluster
from kube.client import Client
from plumber.knowledge import Mark
from plumber.ledger.store import ClusterMemory
from plumber.metrics import Metrics
from tests.unit.plumber.reader import until

HERE = "a" * 64
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
MINE, OTHER = identity(Claim("media", "data")), identity(Claim("media", "other"))
MARK = Mark(NOON, "c" * 32)
LATER = Mark(NOON + timedelta(hours=1), "d" * 32)

Story = Callable[[ClusterMemory], Awaitable[None]]


def play(story: Story) -> ClusterMemory:
    """Runs a story beside a new process's memory."""

    async def stage() -> ClusterMemory:
        memory = ClusterMemory(Client(), Metrics())
        running = asyncio.create_task(memory.run())
        await asyncio.wait_for(story(memory), 20)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        return memory

    return asyncio.run(stage())


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
