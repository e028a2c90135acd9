import asyncio

from plumber.repository.single_flight import SingleFlight


class Attempts:
    """Counts attempts; each lasts until it is let go."""

    def __init__(self, pause: float = 3600.0) -> None:
        self.begun = self.ended = 0
        self.pause = pause
        self.go = asyncio.Semaphore(0)

    async def __call__(self) -> float:
        self.begun += 1
        await self.go.acquire()
        self.ended += 1
        return self.pause


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def _shared_by_all() -> None:
    flight, attempts = SingleFlight(), Attempts()
    running = asyncio.create_task(flight.run(attempts))
    await settle()
    waiting = [asyncio.create_task(flight.wait()) for _ in range(100)]
    await settle()
    attempts.go.release()
    await settle()
    # The attempt that has ended began before they asked.
    assert attempts.begun == 2
    assert not any(task.done() for task in waiting)
    attempts.go.release()
    await asyncio.wait_for(asyncio.gather(*waiting), 5)
    await settle()
    assert (attempts.begun, attempts.ended) == (2, 2)
    running.cancel()


def test_who_asks_during_an_attempt_shares_the_next_one_with_all_others() -> None:
    asyncio.run(_shared_by_all())


async def _gone_client() -> None:
    flight, attempts = SingleFlight(), Attempts()
    first, second = asyncio.create_task(flight.wait()), asyncio.create_task(flight.wait())
    await settle()
    running = asyncio.create_task(flight.run(attempts))
    await settle()
    first.cancel()
    attempts.go.release()
    await asyncio.wait_for(second, 5)
    assert attempts.begun == 1
    running.cancel()


def test_a_client_that_goes_away_does_not_take_the_attempt_from_the_others() -> None:
    asyncio.run(_gone_client())


async def _due() -> None:
    flight, attempts = SingleFlight(), Attempts(pause=0.01)
    attempts.go = asyncio.Semaphore(3)
    running = asyncio.create_task(flight.run(attempts))
    async with asyncio.timeout(5):
        while attempts.begun < 4:
            await asyncio.sleep(0.005)
    running.cancel()


def test_an_attempt_follows_by_itself_after_its_pause() -> None:
    asyncio.run(_due())


async def _asked() -> None:
    flight, attempts = SingleFlight(), Attempts()
    attempts.go = asyncio.Semaphore(2)
    running = asyncio.create_task(flight.run(attempts))
    await settle()
    assert attempts.ended == 1
    flight.ask()
    await settle()
    assert attempts.ended == 2
    running.cancel()


def test_an_attempt_that_is_asked_for_does_not_wait_for_the_pause() -> None:
    asyncio.run(_asked())
