"""Keeps knowledge of the repository, and shares each listing among all who wait for it."""

import asyncio
import logging
import time
from dataclasses import replace
from typing import Protocol

from kopia.command import KopiaError
from kopia.snapshots import Snapshot
from plumber.knowledge import Knowledge, Listing, learn, listing_of
from plumber.metrics import Metrics
from plumber.worker import Worker

log = logging.getLogger(__name__)

LOOK_DEADLINE = 4.0  # seconds for one small file; below the answer's own deadline
MARGIN = 10.0  # seconds; kopia's deadline has to strike before the thread's
RETRY = 5.0  # seconds after a failed listing, so that a repaired repository is soon seen


class Catalog(Protocol):
    """What the HTTP service needs of the repository."""

    def latest(self) -> Knowledge:
        """Knowledge from memory, at once."""

    async def listed_anew(self) -> Knowledge:
        """Knowledge after an attempt to list that began after this call."""

    async def run(self) -> None:
        """Keeps the knowledge young until cancelled."""


class Reader(Protocol):
    """Looks at the repository; each raises KopiaError where it cannot be trusted."""

    def pinned(self) -> str:
        """From a local file, at once."""

    def unique_id(self) -> str:
        """From the storage; may block for ever."""

    def snapshots(self) -> tuple[Snapshot, ...]:
        """From the storage; may block for ever."""


class LiveCatalog:
    """The catalog over a real repository: at most one look and one kopia at a time."""

    def __init__(
        self, reader: Reader, metrics: Metrics, *, refresh: float, listing_deadline: float
    ) -> None:
        self._reader = reader
        self._metrics = metrics
        self._refresh = refresh
        self._listing_deadline = listing_deadline
        self._worker = Worker()
        self._known = Knowledge()
        self._asked = asyncio.Event()
        self._next: asyncio.Future[Knowledge] | None = None

    def latest(self) -> Knowledge:
        return self._known

    async def listed_anew(self) -> Knowledge:
        self._asked.set()
        # Shielded: a client that goes away must not take the listing from the others.
        return await asyncio.shield(self._coming())

    async def run(self) -> None:
        while True:
            # From here on newcomers wait for the attempt after this one.
            waiting, self._next = self._coming(), None
            self._asked.clear()
            self._known = await self._attempt()
            waiting.set_result(self._known)
            pause = min(RETRY, self._refresh) if self._known.trouble else self._refresh
            try:
                async with asyncio.timeout(pause):
                    await self._asked.wait()
            except TimeoutError:
                continue

    def _coming(self) -> asyncio.Future[Knowledge]:
        if self._next is None:
            self._next = asyncio.get_running_loop().create_future()
        return self._next

    async def _attempt(self) -> Knowledge:
        began, pinned = time.monotonic(), ""
        try:
            pinned = self._reader.pinned()
            listing = await self._list(pinned, began)
        except KopiaError as error:
            return self._failed(pinned, error.reason)
        except Exception:
            log.exception("listing failed unexpectedly")
            return self._failed(pinned, "pvc-plumber has an internal error; its log tells more")
        self._metrics.listed(time.monotonic() - began)
        if self._known.trouble or self._known.listing is None:
            log.info("repository listed", extra={"sources": len(listing.snapshots)})
        return learn(self._known, listing)

    async def _list(self, pinned: str, began: float) -> Listing:
        self._require(pinned, await self._mounted())
        deadline = self._listing_deadline + MARGIN
        snapshots = await self._worker.run(self._reader.snapshots, deadline)
        self._require(pinned, await self._mounted())
        return listing_of(snapshots, repository=pinned, began=began)

    async def _mounted(self) -> str:
        return await self._worker.run(self._reader.unique_id, LOOK_DEADLINE)

    @staticmethod
    def _require(pinned: str, found: str) -> None:
        if found != pinned:
            raise KopiaError(
                f"another repository is mounted ({found[:8]}) than the pinned one ({pinned[:8]})"
            )

    def _failed(self, pinned: str, trouble: str) -> Knowledge:
        self._metrics.failed()
        if trouble != self._known.trouble:
            log.warning("repository not listed", extra={"reason": trouble})
        return replace(self._known, pinned=pinned, trouble=trouble)
