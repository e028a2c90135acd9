"""The web server, with graceful shutdown."""

import asyncio
import signal

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server
from starlette.types import ASGIApp

# All who wait for one listing wait inside; the cluster's whole rebuild asks for some hundreds.
CONCURRENCY = 2000
HEADER_LIMIT = 16384  # bytes of a request's head
HEADER_SECONDS = 10


async def serve(app: ASGIApp, *, host: str, port: int, drain: float) -> None:
    """Serves until a signal, and for `drain` seconds more."""
    # Goes on for `drain` seconds after a signal, since endpoints are withdrawn that late. Requests
    # that are being answered then still get their answers.
    server = Server(
        app,
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        websockets=False,
        backlog=CONCURRENCY,
        backpressure=CONCURRENCY,
        http1_settings=HTTP1Settings(
            header_read_timeout=HEADER_SECONDS * 1000, max_buffer_size=HEADER_LIMIT
        ),
        log_enabled=False,
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, loop.call_later, drain, server.stop)
    await server.serve()
