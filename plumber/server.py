"""The web server, with an end that nobody notices."""

import asyncio
import logging
import os
import signal
from typing import NoReturn

import uvloop
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server
from starlette.applications import Starlette

# All who wait for one listing wait inside; the cluster's whole rebuild asks for some hundreds.
CONCURRENCY = 2000
HEADER_LIMIT = 16384  # bytes of a request's head
HEADER_SECONDS = 10


def run(app: Starlette, *, host: str, port: int, drain: float) -> NoReturn:
    """Serves until a signal, and ends the process."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(app, host=host, port=port, drain=drain))
    logging.shutdown()
    # The server's own threads outlive the loop; one that met a dying interpreter would abort it.
    os._exit(0)


async def _serve(app: Starlette, *, host: str, port: int, drain: float) -> None:
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
