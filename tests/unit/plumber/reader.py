"""A repository that a test can break, and a catalog over it."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

from fakes.polling import wait_until
from kopia.snapshots import Snapshot, SnapshotList
from plumber.metrics import Metrics
from plumber.repository.catalog import LiveCatalog
from plumber.repository.reader import Look
from tests.unit.plumber.conftest import FakeMemory

HERE, ELSEWHERE = "a" * 64, "b" * 64


class FakeReader:
    """A repository that a test can break, and that counts who reads it."""

    def __init__(self) -> None:
        self.pin: str | Exception = HERE
        self.ids: list[str] = [HERE]  # the last one stays
        self.state = 0  # of the index
        self.outcome: tuple[Snapshot, ...] | Exception = ()
        self.began: list[float] = []
        self.inside = self.most_inside = 0
        self.gate = threading.Event()
        self.gate.set()

    def pinned(self) -> str:
        if isinstance(self.pin, Exception):
            raise self.pin
        return self.pin

    def look(self) -> Look:
        unique = self.ids.pop(0) if len(self.ids) > 1 else self.ids[0]
        return Look(unique_id=unique, state=str(self.state))

    def change(self, outcome: tuple[Snapshot, ...] | Exception) -> None:
        self.outcome = outcome
        self.state += 1

    def whole_list(self) -> SnapshotList:
        self.began.append(time.monotonic())
        self.inside += 1
        self.most_inside = max(self.most_inside, self.inside)
        self.gate.wait(5)
        self.inside -= 1
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return SnapshotList(snapshots=self.outcome)


def play(
    story: Callable[[LiveCatalog], Awaitable[None]], reader: FakeReader, refresh: float = 60.0
) -> Metrics:
    """Runs a story beside the catalog's own loop."""
    metrics = Metrics()

    async def stage() -> None:
        catalog = LiveCatalog(reader, FakeMemory(), metrics, refresh=refresh, listing_deadline=5.0)
        running = asyncio.create_task(catalog.run())
        await asyncio.wait_for(story(catalog), 10)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running

    asyncio.run(stage())
    return metrics


async def until(true: Callable[[], object]) -> None:
    await wait_until("the next step of the story", true)
