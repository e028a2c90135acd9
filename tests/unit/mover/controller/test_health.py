import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import httpx2

from lab.cluster.loopback import free_port
from mover.controller import health


def asked(story: Callable[[int, list[str]], Awaitable[None]]) -> None:
    """Runs a story beside the server: its port, and what is dead."""
    port = free_port()

    async def stage() -> None:
        dead: list[str] = []
        serving = asyncio.ensure_future(health.serve(port, lambda: dead))
        await asyncio.sleep(0.05)
        async with asyncio.timeout(10):
            await story(port, dead)
        assert not serving.done()
        serving.cancel()
        await asyncio.wait([serving])

    asyncio.run(stage())


def test_kubelet_hears_whether_all_live() -> None:
    async def story(port: int, dead: list[str]) -> None:
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            assert (await client.get("/healthz")).status_code == 200
            dead.append("jobs")
            answer = await client.get("/healthz")
            assert (answer.status_code, answer.text) == (503, "jobs")

    asked(story)


def test_a_caller_who_says_nothing_or_too_much_stops_nobody() -> None:
    async def story(port: int, dead: list[str]) -> None:
        _, silent = await asyncio.open_connection("127.0.0.1", port)
        _, gone = await asyncio.open_connection("127.0.0.1", port)
        gone.write(b"GET")
        gone.close()
        reader, long = await asyncio.open_connection("127.0.0.1", port)
        long.write(b"x" * 200_000)
        with contextlib.suppress(OSError):
            assert await reader.read() == b""
        async with httpx2.AsyncClient() as client:
            answer = await client.get(f"http://127.0.0.1:{port}/healthz")
        assert answer.status_code == 200
        silent.close()
        long.close()

    asked(story)
