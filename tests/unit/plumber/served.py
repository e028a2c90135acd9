"""A pvc-plumber over a made-up catalog, as a process of its own: media/data alone has a backup."""

import asyncio
import os
import sys
import time
from datetime import UTC, datetime

from contract import log
from contract.listen import anywhere
from plumber.knowledge import Knowledge, Memory, Moment, listing_of, marks_of
from plumber.metrics import Metrics
from plumber.web.app import Service, create_app
from plumber.web.listener import Listener
from plumber.web.server import serve
from tests.unit.plumber.conftest import HERE, SNAPSHOT


class Catalog:
    """Proves its knowledge anew within `seconds`."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def latest(self) -> Knowledge:
        began = time.monotonic()
        listing = listing_of([SNAPSHOT], repository=HERE, began=began)
        marks = marks_of(listing)
        memory = Memory(repository=HERE, marks=marks, read=began, trouble="", is_told=True)
        return Knowledge(listing=listing, pinned=HERE, memory=memory)

    async def proven(self) -> Knowledge:
        await asyncio.sleep(self._seconds)
        return self.latest()

    async def run(self) -> None:
        await asyncio.sleep(3600)


if __name__ == "__main__":
    port, drain, seconds = int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
    log.set_up()
    app = create_app(
        Service(
            Catalog(seconds),
            Metrics(),
            ready_age=60.0,
            now=lambda: Moment(monotonic=time.monotonic(), wall=datetime.now(UTC)),
        )
    )
    asyncio.run(serve(Listener(app=app, port=port), host=anywhere(), drain=drain))
    os._exit(0)  # as the product does
