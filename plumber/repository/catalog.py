"""Knowledge of the repository, refreshed in the background and on request."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from kopia.command import KopiaError
from kopia.snapshots import SnapshotList
from plumber.knowledge import Knowledge, Listing, Marks, Memory, listing_of, marks_of
from plumber.metrics import Metrics
from plumber.repository.reader import Look
from plumber.repository.single_flight import SingleFlight
from plumber.repository.worker import Worker

log = logging.getLogger(__name__)

LOOK_DEADLINE = 4.0  # seconds for names and one small file; below the answer's own deadline
MARGIN = 10.0  # seconds; kopia's deadline has to strike before the thread's
# Seconds after a listing that has failed, so that a repaired repository is soon seen, and after one
# that is still to be confirmed: until then each question waits for a list of its own.
RETRY = 5.0
# A list whose repository looks the same is made anew after this: looking sees no damage to blobs.
RELIST = 300.0


class Runs(Protocol):
    """Something that works in the background."""

    async def run(self) -> None:
        """Works until cancelled."""


class Catalog(Runs, Protocol):
    """What the HTTP service needs of the repository."""

    def latest(self) -> Knowledge:
        """The knowledge as it is now, without waiting."""

    async def proven(self) -> Knowledge:
        """The knowledge after an attempt to confirm it that began after this call."""


@asynccontextmanager
async def kept(work: Runs) -> AsyncGenerator[None]:
    """Runs it in the background until the end of the block."""
    running = asyncio.create_task(work.run())
    try:
        yield
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


class Reader(Protocol):
    """Looks at the repository; each raises KopiaError where it cannot be trusted."""

    def pinned(self) -> str:
        """The pinned repository id, from a local file; never blocks for long."""

    def look(self) -> Look:
        """The state of the storage, without kopia; may block for ever."""

    def whole_list(self) -> SnapshotList:
        """All snapshots, by kopia; may block for ever."""


class MemoryStore(Protocol):
    """What the catalog needs of a memory."""

    def memory(self) -> Memory:
        """The memory as it is now, without waiting."""

    def learn(self, repository: str, marks: Marks) -> None:
        """Adds the marks of a listing of this repository."""

    async def proven(self) -> None:
        """Waits for an attempt to read the ledger that began after this call, failed or not."""

    async def run(self) -> None:
        """Works until cancelled."""


@dataclass(frozen=True, kw_only=True)
class Listed:
    """The last whole list, how the repository looked before and after, and when (monotonic).

    Storage may show something else just while kopia lists, and the same again afterwards. So a
    list stands for a look only once a second one has said the same.
    """

    listing: Listing
    look: Look
    at: float
    is_confirmed: bool

    def agrees(self, listing: Listing, look: Look) -> bool:
        """Whether a list of the same look says the same."""
        before = self.listing
        return self.look == look and (
            (before.snapshots, before.suspects) == (listing.snapshots, listing.suspects)
        )


class LiveCatalog:
    """The catalog over a real repository: at most one look and one kopia at a time."""

    def __init__(
        self,
        reader: Reader,
        memory: MemoryStore,
        metrics: Metrics,
        *,
        refresh: float,
        listing_deadline: float,
    ) -> None:
        self._reader = reader
        self._memory = memory
        self._metrics = metrics
        self._refresh = refresh
        self._listing_deadline = listing_deadline
        self._worker = Worker()
        self._listed: Listed | None = None
        self._known = Knowledge()  # without the memory, which changes by itself
        self._flight = SingleFlight()

    def latest(self) -> Knowledge:
        known, memory = self._known, self._memory.memory()
        if known.memory is not memory:
            self._known = known = replace(known, memory=memory)
        return known

    async def proven(self) -> Knowledge:
        await asyncio.gather(self._flight.wait(), self._memory.proven())
        return self.latest()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as both:
            both.create_task(self._memory.run())
            both.create_task(self._flight.run(self._renew))

    async def _renew(self) -> float:
        self._known = await self._attempt()
        is_settled = self._listed is not None and self._listed.is_confirmed
        return self._refresh if is_settled else min(RETRY, self._refresh)

    async def _attempt(self) -> Knowledge:
        began, pinned = time.monotonic(), ""
        try:
            pinned = self._reader.pinned()
            listing = await self._prove(pinned, began)
        except KopiaError as error:
            return self._failed(pinned, error.reason)
        except Exception:
            log.exception("listing failed unexpectedly")
            return self._failed(pinned, "pvc-plumber has an internal error; its log tells more")
        if self._known.trouble or self._known.listing is None:
            log.info("repository listed", extra={"sources": len(listing.snapshots)})
        return Knowledge(listing=listing, pinned=pinned)

    async def _prove(self, pinned: str, began: float) -> Listing:
        """The last listing where the repository has not changed since; else a new one."""
        look = await self._look(pinned)
        last = self._listed
        if last and last.is_confirmed and last.look == look and began - last.at < RELIST:
            return replace(last.listing, began=began)
        deadline = self._listing_deadline + MARGIN
        listing = await self._worker.run(partial(self._list, pinned, began), deadline)
        is_same = await self._look(pinned) == look
        # One made while the repository changed may be of neither state: never proven without kopia.
        agrees = last is not None and last.agrees(listing, look)
        self._listed = (
            Listed(listing=listing, look=look, at=began, is_confirmed=agrees) if is_same else None
        )
        self._memory.learn(pinned, marks_of(listing))
        self._metrics.listed(time.monotonic() - began)
        return listing

    def _list(self, pinned: str, began: float) -> Listing:
        whole = self._reader.whole_list()
        for suspect in whole.suspects:
            log.warning("manifest not believed", extra={"reason": suspect.text()})
        return listing_of(whole.snapshots, repository=pinned, began=began, suspects=whole.suspects)

    async def _look(self, pinned: str) -> Look:
        look = await self._worker.run(self._reader.look, LOOK_DEADLINE)
        self._metrics.has_room(look.size, look.free)
        if look.unique_id != pinned:
            raise KopiaError(
                f"another repository is mounted ({look.unique_id[:8]}) than the pinned one"
                f" ({pinned[:8]})"
            )
        return look

    def _failed(self, pinned: str, trouble: str) -> Knowledge:
        self._metrics.failed()
        if trouble != self._known.trouble:
            log.warning("repository not listed", extra={"reason": trouble})
        return replace(self._known, pinned=pinned, trouble=trouble)
