import asyncio
import time

from starlette.applications import Starlette

from plumber.server import Server


def _ticks(server: Server, seconds: float) -> bool:
    async def story() -> bool:
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            if await server.on_tick(1):
                return True
            await asyncio.sleep(0.01)
        return False

    return asyncio.run(story())


def _server(drain: float) -> Server:
    return Server(Starlette(), host="127.0.0.1", port=0, drain=drain)


def test_it_runs_until_it_is_told_to_end() -> None:
    assert not _ticks(_server(drain=0.0), 0.1)


def test_it_goes_on_for_the_drain_and_then_ends() -> None:
    server = _server(drain=0.2)
    server.should_exit = True
    assert not _ticks(server, 0.1)
    assert _ticks(server, 5.0)


def test_a_second_signal_ends_it_at_once() -> None:
    server = _server(drain=60.0)
    server.should_exit = server.force_exit = True
    assert _ticks(server, 5.0)
