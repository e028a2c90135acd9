"""The API server's clock, by the dates of its answers: the one that all programs can agree on.

Between two answers it goes on by the monotonic clock of this machine, which nobody sets.
"""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from contract.times import CLOCKS_DISAGREE, SteadyClock, agree, time_text
from kube.api import ApiError

log = logging.getLogger(__name__)

DATE = "Date"
# A date tells whole seconds, and an answer takes its time; within this both are the same moment.
RESOLUTION = timedelta(seconds=2)


class ServerClock:
    """Follows the dates of answers."""

    def __init__(self) -> None:
        self._clock: SteadyClock | None = None
        self._disagrees = False

    def read(self, headers: Mapping[str, str]) -> None:
        """Takes in the date of an answer that has just come; one without any says nothing."""
        try:
            date = parsedate_to_datetime(headers[DATE]).astimezone(UTC)
        except (KeyError, ValueError):
            return
        if self._clock is None or not timedelta() <= self._clock.now() - date < RESOLUTION:
            self._clock = SteadyClock(date)
        self._compare(date)

    def now(self) -> datetime:
        """The time now. Raises ApiError before the first answer."""
        if self._clock is None:
            raise ApiError("the API server's time is not known yet")
        return self._clock.now()

    def _compare(self, date: datetime) -> None:
        """Logs it once when this machine's own clock, which is not used, begins to be wrong."""
        own = datetime.now(UTC)
        disagrees = not agree(own, date)
        if disagrees and not self._disagrees:
            log.warning(
                "%s: it is %s here and %s at the API server, whose time counts",
                *(CLOCKS_DISAGREE, time_text(own), time_text(date)),
            )
        self._disagrees = disagrees
