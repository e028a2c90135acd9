"""Serves an ASGI application from a thread, on a free loopback port."""

import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp


@contextmanager
def served(
    app: ASGIApp, *, certificate: Path | None = None, key: Path | None = None
) -> Generator[int]:
    """Its port, until the end of the block. With a certificate it is served by TLS.

    Whoever calls before it runs is heard later.
    """
    config = uvicorn.Config(
        app,
        log_config=None,
        lifespan="off",
        timeout_graceful_shutdown=0,
        ssl_certfile=certificate,
        ssl_keyfile=key,
    )
    server = uvicorn.Server(config)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()
