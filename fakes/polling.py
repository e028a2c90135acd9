"""Waiting in asyncio code: for other tasks of the loop, or for a service that it calls."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
TIMEOUT = 10.0  # seconds that an offline test may wait on a busy machine
INTERVAL = 0.005  # seconds


async def wait_until(
    description: str,
    condition: Callable[[], T | None] | Callable[[], Awaitable[T | None]],
    timeout: float = TIMEOUT,
    interval: float = INTERVAL,
) -> T:
    """Returns the first true value of `condition`, by the loop's clock. Raises TimeoutError."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + timeout
    while True:
        value = condition()
        if inspect.isawaitable(value):
            value = await value
        if value:
            return value
        if loop.time() >= deadline:
            text = f"timed out after {timeout:.0f} s waiting for {description}"
            raise TimeoutError(f"{text}; last value: {value!r}")
        await asyncio.sleep(min(interval, deadline - loop.time()))
