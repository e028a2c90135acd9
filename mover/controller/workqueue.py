"""Work queue: a key is processed by one worker at a time, and again, with back-off, if it fails."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from kube.resource import ObjectKey

log = logging.getLogger(__name__)

FIRST_PAUSE = 1.0  # seconds after an unexpected failure
LAST_PAUSE = 60.0


class Queue:
    """Calls `work` with each key; it returns the seconds after which to process the key again."""

    def __init__(self, work: Callable[[ObjectKey], Awaitable[float | None]]) -> None:
        self._work = work
        self._ready: asyncio.Queue[ObjectKey] = asyncio.Queue()
        self._queued: set[ObjectKey] = set()
        self._running: set[ObjectKey] = set()
        self._again: set[ObjectKey] = set()
        self._timers: dict[ObjectKey, asyncio.TimerHandle] = {}
        self._failures: dict[ObjectKey, int] = {}

    def add(self, key: ObjectKey) -> None:
        """Queues a key now; many calls before it is processed count as one."""
        timer = self._timers.pop(key, None)
        if timer:
            timer.cancel()
        if key in self._running:
            self._again.add(key)
        elif key not in self._queued:
            self._queued.add(key)
            self._ready.put_nowait(key)

    def add_later(self, key: ObjectKey, seconds: float) -> None:
        """Queues a key after some seconds, or sooner if it is added before."""
        timer = self._timers.pop(key, None)
        if timer:
            timer.cancel()
        loop = asyncio.get_running_loop()
        self._timers[key] = loop.call_later(seconds, self.add, key)

    async def serve(self) -> None:
        """One worker. Runs until it is cancelled."""
        while True:
            key = await self._ready.get()
            self._queued.discard(key)
            self._running.add(key)
            try:
                await self._serve(key)
            finally:
                self._running.discard(key)
                if key in self._again:
                    self._again.discard(key)
                    self.add(key)

    async def _serve(self, key: ObjectKey) -> None:
        try:
            seconds = await self._work(key)
        except Exception as error:  # one broken object must not stop the others
            count = self._failures[key] = self._failures.get(key, 0) + 1
            seconds = min(FIRST_PAUSE * 2 ** (count - 1), LAST_PAUSE)
            kind = type(error).__name__
            log.warning("%s: %s; again in %.0f s", kind, error, seconds, extra=key.about)
        else:
            self._failures.pop(key, None)
        if seconds is not None:
            self.add_later(key, seconds)
