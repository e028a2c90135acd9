"""pvc-plumber on uvicorn, its peer: run as a process where bench/decision asks for it."""

import uvicorn

from plumber.__main__ import main
from plumber.web.listener import Listener
from plumber.web.server import CONCURRENCY


async def serve(*listeners: Listener, host: str, drain: float) -> None:
    """Serves the first of them until a signal; nobody asks the others here."""
    config = uvicorn.Config(
        listeners[0].app,
        host=host,
        port=listeners[0].port,
        backlog=CONCURRENCY,
        log_config=None,
        access_log=False,
    )
    await uvicorn.Server(config).serve()


if __name__ == "__main__":
    main(lambda: serve)
