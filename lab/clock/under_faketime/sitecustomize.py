"""Python reads this as it starts, under libfaketime alone.

libfaketime 0.9.10 answers the sleep of Python 3.11, which ends at a moment of the monotonic clock,
with an error.
"""

import select
import time


def sleep(seconds: float, /) -> None:
    """Waits as `time.sleep` does."""
    select.select([], [], [], seconds)


time.sleep = sleep  # ty: ignore[invalid-assignment] - it takes a float as well
