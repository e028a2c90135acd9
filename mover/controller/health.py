"""Serves the liveness probe of the controller."""

import asyncio
import contextlib
from collections.abc import Callable

from contract.listen import listener

PATIENCE = 5.0  # seconds for a question
HEAD = b"\r\n\r\n"


async def serve(port: int, dead: Callable[[], list[str]]) -> None:
    """Answers each question with 200, or with 503 and what is dead. Runs until cancelled."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, EOFError, TimeoutError, asyncio.LimitOverrunError):
            try:
                async with asyncio.timeout(PATIENCE):
                    await reader.readuntil(HEAD)
                    writer.write(_response(dead()))
                    await writer.drain()
            finally:
                writer.close()

    server = await asyncio.start_server(answer, sock=listener(port))
    async with server:
        await server.serve_forever()


def _response(dead: list[str]) -> bytes:
    status, text = ("503 Service Unavailable", " ".join(dead)) if dead else ("200 OK", "ok")
    head = (f"HTTP/1.1 {status}", f"Content-Length: {len(text)}", "Connection: close")
    return "\r\n".join((*head, "", text)).encode()
