"""Blocking calls beside the event loop: one at a time, under a deadline."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from kopia.command import KopiaError

T = TypeVar("T")


class Worker:
    """Runs one call after the other in daemon threads, which a dead mount may hold for ever.

    The loop's own executor would wait for such a thread when the process ends.
    """

    def __init__(self) -> None:
        self._busy = False

    async def run(self, call: Callable[[], T], deadline: float) -> T:
        """The call's result. Raises KopiaError past the deadline, and until that call returns."""
        if self._busy:
            raise KopiaError("the storage does not answer: an earlier call still waits for it")
        self._busy = True
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def work() -> None:
            try:
                result = call()
            except Exception as error:  # handed over whole to whoever waits
                _deliver(loop, finish, error)
            else:
                _deliver(loop, finish, result)

        def finish(outcome: T | Exception) -> None:
            self._busy = False
            if future.done():
                return
            if isinstance(outcome, Exception):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)

        threading.Thread(target=work, daemon=True).start()
        try:
            async with asyncio.timeout(deadline):
                return await future
        except TimeoutError:
            raise KopiaError(f"the storage did not answer within {deadline:g} s") from None


def _deliver(loop: asyncio.AbstractEventLoop, finish: Callable[..., None], outcome: object) -> None:
    with suppress(RuntimeError):  # the loop is closed: nobody waits any more
        loop.call_soon_threadsafe(finish, outcome)
