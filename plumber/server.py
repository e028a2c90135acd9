"""The web server, with an end that nobody notices."""

import time

import uvicorn
from starlette.applications import Starlette

GRACE = 10  # seconds for the last answers; above the answer's own deadline


class Server(uvicorn.Server):
    """Goes on answering for a while after SIGTERM: endpoints are withdrawn later than that."""

    def __init__(self, app: Starlette, *, host: str, port: int, drain: float) -> None:
        config = uvicorn.Config(
            app,
            host=host,
            port=port,
            http="h11",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE,
        )
        super().__init__(config)
        self._drain = drain
        self._ends: float | None = None

    async def on_tick(self, counter: int) -> bool:
        if not await super().on_tick(counter):
            return False
        if self._ends is None:
            self._ends = time.monotonic() + self._drain
        return self.force_exit or time.monotonic() >= self._ends
