"""All who wait for the repository share one attempt, and none waits for an old one."""

import asyncio
import time

from plumber.repository.catalog import LiveCatalog
from tests.unit.plumber.reader import FakeReader, play, until


def test_a_proof_begins_after_the_call_that_waits_for_it() -> None:
    reader = FakeReader()

    async def story(catalog: LiveCatalog) -> None:
        await until(lambda: catalog.latest().listing)
        reader.state += 1
        asked = time.monotonic()
        listing = (await catalog.proven()).listing
        assert listing is not None
        assert asked <= listing.began <= reader.began[-1]

    play(story, reader)


def test_all_who_ask_share_one_listing() -> None:
    reader = FakeReader()

    async def story(catalog: LiveCatalog) -> None:
        await until(lambda: catalog.latest().listing)
        reader.state += 1
        answers = await asyncio.gather(*(catalog.proven() for _ in range(500)))
        assert len({id(answer) for answer in answers}) == 1

    play(story, reader)
    assert len(reader.began) == 2


def test_the_askers_of_the_first_listing_need_one_more_between_them() -> None:
    reader = FakeReader()
    reader.gate.clear()

    async def story(catalog: LiveCatalog) -> None:
        await until(lambda: reader.inside)
        asked = time.monotonic()
        asking = [asyncio.create_task(catalog.proven()) for _ in range(500)]
        await asyncio.sleep(0.01)
        reader.gate.set()
        for known in await asyncio.gather(*asking):
            assert known.listing is not None
            assert known.listing.began >= asked

    play(story, reader)
    assert len(reader.began) == 2  # one for all of them, which also confirms the first


def test_who_asks_during_a_listing_waits_for_the_next_and_never_adds_a_second_kopia() -> None:
    reader = FakeReader()
    reader.gate.clear()

    async def story(catalog: LiveCatalog) -> None:
        await until(lambda: reader.began)
        reader.state += 1
        late = asyncio.create_task(catalog.proven())
        await asyncio.sleep(0.05)
        asked = time.monotonic()
        reader.gate.set()
        listing = (await late).listing
        assert listing is not None
        assert listing.began >= asked

    play(story, reader)
    assert (len(reader.began), reader.most_inside) == (2, 1)


def test_a_client_that_goes_away_does_not_take_the_listing_from_the_others() -> None:
    reader = FakeReader()

    async def story(catalog: LiveCatalog) -> None:
        await until(lambda: catalog.latest().listing)
        reader.gate.clear()
        reader.state += 1
        leaves, stays = (asyncio.create_task(catalog.proven()) for _ in range(2))
        await until(lambda: reader.inside)
        leaves.cancel()
        await asyncio.sleep(0.01)
        reader.gate.set()
        assert (await stays).trouble == ""

    play(story, reader)
