"""Waits for conditions: used by the lab, its tests and the measurements."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from operator import not_
from threading import Event
from typing import TypeVar

from lab.errors import LabError

T = TypeVar("T")
TIMEOUT = 360.0  # seconds that a step may take on a busy machine, behind the movers of others
SHARE = 0.1  # of the time waited so far; what is noticed late costs at most this much
SHOWN = 300  # characters of the last value that an error shows


@dataclass(frozen=True)
class Interval:
    """Seconds between two checks, which grow with the time that was waited already."""

    shortest: float
    longest: float

    def after(self, waited: float) -> float:
        """The pause before the next check."""
        return min(self.longest, max(self.shortest, waited * SHARE))


PROCESS = Interval(0.05, 0.05)  # a look at a process, a socket or a file of this machine
REQUEST = Interval(0.1, 0.25)  # an HTTP request
# Starting kubectl costs processor time that the awaited pods would like to have.
KUBECTL = Interval(0.2, 1.0)


class WaitTimeoutError(LabError, TimeoutError):
    """What was awaited did not happen in time; the text names it and the last value."""


def wait_until(
    description: str,
    condition: Callable[[], T | None],
    timeout: float = TIMEOUT,
    interval: Interval = KUBECTL,
    *,
    ignoring: tuple[type[Exception], ...] = (),
    stop: Event | None = None,
    hint: str = "",
) -> T:
    """Returns the first true value of `condition`. Raises WaitTimeoutError.

    Exceptions of the types in `ignoring` count as no value yet. Setting `stop` ends the wait
    before its time. `hint` tells in the error where to look.
    """
    poll = _Poll(description, timeout, interval, ignoring, stop, hint)
    value = poll.first(condition, bool)
    assert value is not None  # it is true
    return value


def wait_until_gone(
    description: str,
    remains: Callable[[], object],
    timeout: float = TIMEOUT,
    interval: Interval = KUBECTL,
) -> None:
    """Returns as soon as nothing remains. Raises WaitTimeoutError with what does."""
    _Poll(f"the end of {description}", timeout, interval).first(remains, not_)


@dataclass(frozen=True)
class _Poll:
    description: str
    timeout: float
    interval: Interval
    ignoring: tuple[type[Exception], ...] = ()
    stop: Event | None = None
    hint: str = ""

    def first(self, look: Callable[[], T], accepts: Callable[[T], object]) -> T:
        start, last = time.monotonic(), "none"
        while self.stop is None or not self.stop.is_set():
            try:
                value = look()
            except self.ignoring as error:
                last = f"{type(error).__name__}: {error}"
            else:
                if accepts(value):
                    return value
                last = repr(value)
            waited = time.monotonic() - start
            if waited >= self.timeout:
                break
            self._pause(min(self.interval.after(waited), self.timeout - waited))
        text = f"timed out after {time.monotonic() - start:.0f} s waiting for {self.description}"
        hint = f"; {self.hint}" if self.hint else ""
        raise WaitTimeoutError(f"{text}; last value: {last[:SHOWN]}{hint}")

    def _pause(self, seconds: float) -> None:
        if self.stop is None:
            time.sleep(seconds)
        else:
            self.stop.wait(seconds)
