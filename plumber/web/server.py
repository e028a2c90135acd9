"""The web server, with graceful shutdown."""

import asyncio
import signal

from granian.constants import HTTPModes, Interfaces, SSLProtocols
from granian.http import HTTP1Settings
from granian.server.embed import Server

from plumber.web.listener import Listener

# All who wait for one listing wait inside; the cluster's whole rebuild asks for some hundreds.
CONCURRENCY = 2000
HEADER_LIMIT = 16384  # bytes of a request's head
HEADER_SECONDS = 10


async def serve(*listeners: Listener, host: str, drain: float) -> None:
    """Serves all of them until a signal, and for `drain` seconds more."""
    # Goes on for `drain` seconds after a signal, since endpoints are withdrawn that late. Requests
    # that are being answered then still get their answers.
    servers = [_server(listener, host) for listener in listeners]

    def stop() -> None:
        for server in servers:
            server.stop()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, loop.call_later, drain, stop)
    await asyncio.gather(*(server.serve() for server in servers))


def _server(listener: Listener, host: str) -> Server:
    return Server(
        listener.app,
        address=host,
        port=listener.port,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        websockets=False,
        backlog=CONCURRENCY,
        backpressure=CONCURRENCY,
        http1_settings=HTTP1Settings(
            header_read_timeout=HEADER_SECONDS * 1000, max_buffer_size=HEADER_LIMIT
        ),
        ssl_cert=listener.certificate,
        ssl_key=listener.key,
        ssl_protocol_min=SSLProtocols.tls12,
        log_enabled=False,
    )
