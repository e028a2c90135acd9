"""Request coalescing: many callers share one attempt."""

import asyncio
from collections.abc import Awaitable, Callable


class SingleFlight:
    """Runs attempts one at a time; each caller waits for one that began after its call."""

    def __init__(self) -> None:
        self._asked = asyncio.Event()
        self._next: asyncio.Future[None] | None = None

    def ask(self) -> None:
        """Requests another attempt as soon as the current one has ended, without waiting."""
        self._asked.set()

    async def wait(self) -> None:
        """Waits for an attempt that began after this call, failed or not."""
        self.ask()
        # Shielded: a client that goes away must not take the attempt from the others.
        await asyncio.shield(self._coming())

    async def run(self, attempt: Callable[[], Awaitable[float]]) -> None:
        """Runs attempts until cancelled. Each returns the seconds until the next one is due."""
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
