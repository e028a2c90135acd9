"""pvc-plumber on uvicorn, its peer: run as a process where bench/decision asks for it."""

import uvicorn
from starlette.types import ASGIApp

from plumber.__main__ import main
from plumber.web.server import CONCURRENCY


async def serve(app: ASGIApp, *, host: str, port: int, drain: float) -> None:
    """Serves until a signal."""
    config = uvicorn.Config(
        app, host=host, port=port, backlog=CONCURRENCY, log_config=None, access_log=False
    )
    await uvicorn.Server(config).serve()


if __name__ == "__main__":
    main(lambda: serve)
