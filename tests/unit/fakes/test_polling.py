import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from fakes.polling import wait_until
from fakes.virtual_loop import VirtualLoop


def run(story: Coroutine[Any, Any, Any]) -> Any:
    """In virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(story)


def test_the_first_true_value_is_returned() -> None:
    values = iter([None, "", "ready"])
    assert run(wait_until("readiness", lambda: next(values))) == "ready"


def test_a_condition_may_call_a_service() -> None:
    codes = iter([503, 200])

    async def is_ready() -> bool:
        return next(codes) == 200

    assert run(wait_until("readiness", is_ready)) is True


def test_the_time_is_the_loops_own_and_other_tasks_go_on_meanwhile() -> None:
    async def story() -> float:
        ready = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.call_later(7200, ready.set)
        await wait_until("two hours", ready.is_set, timeout=10_000, interval=60)
        return loop.time()

    assert run(story()) == pytest.approx(7200, abs=60)


def test_the_error_says_what_was_awaited_and_what_there_was_instead() -> None:
    with pytest.raises(TimeoutError) as error:
        run(wait_until("readiness", lambda: 0, timeout=3))
    assert str(error.value) == "timed out after 3 s waiting for readiness; last value: 0"
