"""Event loop in virtual time: hours of waiting pass at once, in the same order for a seed."""

import asyncio
import selectors
from collections.abc import Callable
from typing import Any


class Blocked(BaseException):
    """Raised by a call that dead storage holds, through all that would take it for an answer."""


class _Jump(selectors.DefaultSelector):
    """Moves the clock to the next timer instead of waiting for it."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("everybody waits and no timer runs")
        self.now += max(0.0, timeout)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose time passes only while every task waits.

    Its threads are modelled too: each runs at one instant and hands its result over when the
    work would have been done. `pace` gives the seconds before that instant and after it.
    """

    def __init__(self) -> None:
        self._jump = _Jump()
        self._spent = 0.0
        self._blocked: list[Callable[[], None]] = []
        self.pace: Callable[[], float] = float
        super().__init__(self._jump)

    def time(self) -> float:
        return self._jump.now

    def begin(self, target: Callable[[], None]) -> None:
        """Starts a modelled thread."""
        self.call_later(self.pace(), self._run, target)

    def spend(self, seconds: float) -> None:
        """Called inside a modelled thread by what takes time."""
        self._spent += seconds

    def release(self) -> None:
        """Storage answers again: blocked threads go on."""
        blocked, self._blocked = self._blocked, []
        for target in blocked:
            self.begin(target)

    def call_soon_threadsafe(self, callback: Callable[..., Any], *args: Any, **more: Any) -> Any:
        if self._spent:
            return self.call_later(self._spent, callback, *args, **more)
        return super().call_soon_threadsafe(callback, *args, **more)

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> Any:
        """Pure work: at once, which costs no time here."""
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:  # the caller's own, as a real executor hands it over
            future.set_exception(error)
        return future

    def _run(self, target: Callable[[], None]) -> None:
        self._spent = self.pace()
        try:
            target()
        except Blocked:
            self._blocked.append(target)
        finally:
            self._spent = 0.0


class VirtualThread:
    """Stands in for threading.Thread on a VirtualLoop."""

    def __init__(self, *, target: Callable[[], None], daemon: bool) -> None:
        self._target = target

    def start(self) -> None:
        """Soon; never at once, as a real thread."""
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        loop.begin(self._target)
