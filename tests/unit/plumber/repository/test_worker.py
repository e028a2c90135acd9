import asyncio
import threading
import time

import pytest

from kopia.command import KopiaError
from plumber.repository.worker import Worker


def test_a_result_and_an_error_come_back() -> None:
    async def story() -> None:
        worker = Worker()
        assert await worker.run(lambda: 7, 5.0) == 7
        with pytest.raises(ZeroDivisionError):
            await worker.run(lambda: 1 // 0, 5.0)
        assert await worker.run(lambda: 8, 5.0) == 8

    asyncio.run(story())


def test_the_loop_stays_free_while_a_call_blocks() -> None:
    async def story() -> None:
        release = threading.Event()
        call = asyncio.create_task(Worker().run(lambda: release.wait(5), 5.0))
        await asyncio.sleep(0.01)
        release.set()
        assert await call

    asyncio.run(story())


def test_a_hanging_call_is_given_up_and_blocks_the_next_until_it_returns() -> None:
    async def story() -> None:
        worker, release = Worker(), threading.Event()
        with pytest.raises(KopiaError, match=r"within 0\.05 s"):
            await worker.run(release.wait, 0.05)
        started = threading.Event()
        with pytest.raises(KopiaError, match="still waits"):
            await worker.run(started.set, 5.0)
        assert not started.is_set()
        release.set()
        while True:
            try:
                assert await worker.run(lambda: 9, 5.0) == 9
                break
            except KopiaError:
                await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(story(), 5))


def test_a_call_that_hangs_does_not_hold_the_end_of_the_process() -> None:
    release = threading.Event()

    async def story() -> None:
        with pytest.raises(KopiaError):
            await Worker().run(lambda: release.wait(30), 0.05)

    began, before = time.monotonic(), set(threading.enumerate())
    asyncio.run(story())
    assert time.monotonic() - began < 5
    assert all(thread.daemon for thread in set(threading.enumerate()) - before)
    release.set()


def test_a_call_that_returns_after_the_loop_is_gone_harms_nobody() -> None:
    release = threading.Event()

    async def story() -> None:
        with pytest.raises(KopiaError):
            await Worker().run(lambda: release.wait(5), 0.05)

    before = set(threading.enumerate())
    asyncio.run(story())
    release.set()
    for thread in set(threading.enumerate()) - before:
        thread.join(5)  # an exception in it would fail this test
