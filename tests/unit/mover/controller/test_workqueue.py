import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from kube import resource
from kube.resource import ObjectKey
from mover.controller.workqueue import Queue

ONE = ObjectKey(resource.REPLICATION_SOURCE, "media", "one")
TWO = ObjectKey(resource.REPLICATION_SOURCE, "media", "two")


def serve(
    work: Callable[[ObjectKey], Awaitable[float | None]],
    story: Callable[[Queue], Awaitable[None]],
    workers: int = 3,
) -> None:
    async def run() -> None:
        queue = Queue(work)
        tasks = [asyncio.ensure_future(queue.serve()) for _ in range(workers)]
        try:
            await asyncio.wait_for(story(queue), 5)
        finally:
            for task in tasks:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    asyncio.run(run())


def test_a_key_is_in_one_pair_of_hands_and_seen_again_after_a_change() -> None:
    running: list[ObjectKey] = []
    seen: list[ObjectKey] = []

    async def work(key: ObjectKey) -> float | None:
        assert key not in running
        running.append(key)
        await asyncio.sleep(0.02)
        running.remove(key)
        seen.append(key)
        return None

    async def story(queue: Queue) -> None:
        queue.add(ONE)
        await asyncio.sleep(0.01)
        queue.add(ONE)
        queue.add(ONE)
        await asyncio.sleep(0.1)

    serve(work, story)
    assert seen == [ONE, ONE]


def test_many_additions_before_the_work_count_as_one() -> None:
    seen: list[ObjectKey] = []

    async def work(key: ObjectKey) -> float | None:
        seen.append(key)
        return None

    async def story(queue: Queue) -> None:
        for _ in range(5):
            queue.add(ONE)
        queue.add(TWO)
        await asyncio.sleep(0.02)

    serve(work, story)
    assert sorted(seen) == [ONE, TWO]


def test_the_work_says_when_it_wants_to_look_again() -> None:
    seen: list[ObjectKey] = []

    async def work(key: ObjectKey) -> float | None:
        seen.append(key)
        return 0.01 if len(seen) < 3 else None

    async def story(queue: Queue) -> None:
        queue.add(ONE)
        await asyncio.sleep(0.1)

    serve(work, story)
    assert len(seen) == 3


def test_an_event_comes_before_a_long_wait() -> None:
    seen: list[ObjectKey] = []

    async def work(key: ObjectKey) -> float | None:
        seen.append(key)
        return 3600

    async def story(queue: Queue) -> None:
        queue.add(ONE)
        await asyncio.sleep(0.01)
        queue.add(ONE)
        await asyncio.sleep(0.01)

    serve(work, story)
    assert len(seen) == 2


def test_one_broken_object_does_not_stop_the_others() -> None:
    seen: list[ObjectKey] = []

    async def work(key: ObjectKey) -> float | None:
        seen.append(key)
        if key == ONE:
            raise RuntimeError("broken")
        return None

    async def story(queue: Queue) -> None:
        queue.add(ONE)
        await asyncio.sleep(0.01)
        queue.add(TWO)
        await asyncio.sleep(0.01)

    serve(work, story, workers=1)
    assert seen == [ONE, TWO]


def test_a_broken_object_is_tried_again() -> None:
    seen: list[ObjectKey] = []

    async def work(key: ObjectKey) -> float | None:
        seen.append(key)
        if len(seen) == 1:
            raise RuntimeError("broken once")
        return None

    async def story(queue: Queue) -> None:
        queue.add(ONE)
        while len(seen) < 2:
            await asyncio.sleep(0.05)

    serve(work, story)
    assert seen == [ONE, ONE]
