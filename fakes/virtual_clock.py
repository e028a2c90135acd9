"""Stand-in for the module `time`: time passes only during `sleep`."""


class VirtualClock:
    """Put in place of `time` in the module that waits."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def monotonic(self) -> float:
        """Seconds since the clock was made."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Returns at once, later by that many seconds."""
        self.pauses.append(seconds)
        self.now += seconds
