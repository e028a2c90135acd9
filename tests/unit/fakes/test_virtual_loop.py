import asyncio
import time

import pytest

from fakes.virtual_loop import Blocked, VirtualLoop, VirtualThread


def test_hours_pass_at_once_and_in_order() -> None:
    loop, began, order = VirtualLoop(), time.monotonic(), []

    async def sleeper(seconds: float) -> None:
        await asyncio.sleep(seconds)
        order.append((seconds, loop.time()))

    async def all_of_them() -> None:
        await asyncio.gather(sleeper(7200), sleeper(3600))

    loop.run_until_complete(all_of_them())
    loop.close()
    assert [seconds for seconds, _ in order] == [3600, 7200]
    assert [round(at) for _, at in order] == [3600, 7200]
    assert time.monotonic() - began < 60


def test_a_thread_hands_over_when_its_work_is_done_and_waits_where_it_is_blocked() -> None:
    loop, finished = VirtualLoop(), asyncio.Event()
    is_blocked = True

    def work() -> None:
        if is_blocked:
            raise Blocked
        loop.spend(30)
        loop.call_soon_threadsafe(finished.set)

    async def stage() -> float:
        nonlocal is_blocked
        VirtualThread(target=work, daemon=True).start()
        await asyncio.sleep(100)
        assert not finished.is_set()
        is_blocked = False
        loop.release()
        await finished.wait()
        return loop.time()

    assert loop.run_until_complete(stage()) == pytest.approx(130)
    loop.close()


def test_a_story_that_can_never_go_on_ends_with_an_error() -> None:
    loop = VirtualLoop()
    with pytest.raises(RuntimeError, match="no timer"):
        loop.run_until_complete(loop.create_future())
    loop.close()
