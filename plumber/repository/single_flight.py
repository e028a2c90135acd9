"""Attempts, one after the other, that many may wait for."""

import asyncio
from collections.abc import Awaitable, Callable


class Turns:
    """Who waits gets an attempt that began after it asked, and shares it with all the others."""

    def __init__(self) -> None:
        self._asked = asyncio.Event()
        self._next: asyncio.Future[None] | None = None

    def ask(self) -> None:
        """The next attempt begins as soon as the present one has ended."""
        self._asked.set()

    async def wait(self) -> None:
        """Until an attempt has ended that began after this call, well or not."""
        self.ask()
        # Shielded: a client that goes away must not take the attempt from the others.
        await asyncio.shield(self._coming())

    async def run(self, attempt: Callable[[], Awaitable[float]]) -> None:
        """Attempts until cancelled. Each tells after how many seconds the next one is due."""
        while True:
            # From here on newcomers wait for the attempt after this one.
            waiting, self._next = self._coming(), None
            self._asked.clear()
            pause = await attempt()
            waiting.set_result(None)
            try:
                async with asyncio.timeout(pause):
                    await self._asked.wait()
            except TimeoutError:
                continue

    def _coming(self) -> asyncio.Future[None]:
        if self._next is None:
            self._next = asyncio.get_running_loop().create_future()
        return self._next
