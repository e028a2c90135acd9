import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from kopia.command import KopiaError
from kopia.snapshots import Snapshot
from plumber import catalog as module
from plumber.catalog import LiveCatalog
from plumber.metrics import Metrics

HERE, ELSEWHERE = "a" * 64, "b" * 64


class FakeReader:
    """A repository that a test can break, and that counts who reads it."""

    def __init__(self) -> None:
        self.pin: str | Exception = HERE
        self.ids: list[str] = [HERE]  # the last one stays
        self.found: tuple[Snapshot, ...] | Exception = ()
        self.began: list[float] = []
        self.inside = self.most_inside = 0
        self.gate = threading.Event()
        self.gate.set()

    def pinned(self) -> str:
        if isinstance(self.pin, Exception):
            raise self.pin
        return self.pin

    def unique_id(self) -> str:
        return self.ids.pop(0) if len(self.ids) > 1 else self.ids[0]

    def snapshots(self) -> tuple[Snapshot, ...]:
        self.began.append(time.monotonic())
        self.inside += 1
        self.most_inside = max(self.most_inside, self.inside)
        self.gate.wait(5)
        self.inside -= 1
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


def play(
    story: Callable[[LiveCatalog], Awaitable[None]], reader: FakeReader, refresh: float = 60.0
) -> Metrics:
    """Runs a story beside the catalog's own loop."""
    metrics = Metrics()

    async def stage() -> None:
        catalog = LiveCatalog(reader, metrics, refresh=refresh, listing_deadline=5.0)
        running = asyncio.create_task(catalog.run())
        await asyncio.wait_for(story(catalog), 10)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running

    asyncio.run(stage())
    return metrics


async def until(true: Callable[[], object]) -> None:
    while not true():
        await asyncio.sleep(0.005)


def test_it_lists_by_itself_at_the_start(snapshot: Callable[..., Snapshot]) -> None:
    reader = FakeReader()
    reader.found = (snapshot(),)

    async def story(catalog: LiveCatalog) -> None:
        await until(lambda: catalog.latest().listing)
        assert catalog.latest().pinned == HERE
        assert catalog.latest().remembered

    assert "pvc_plumber_listing_seconds_count 1.0" in play(story, reader).text().decode()


def test_it_lists_again_by_itself() -> None:
    reader = FakeReader()

    async def story(catalog: LiveCatalog) -> None:
        await until(lambda: len(reader.began) >= 3)

    play(story, reader, refresh=0.01)


def test_a_listing_begins_after_the_call_that_waits_for_it() -> None:
    reader = FakeReader()

    async def story(catalog: LiveCatalog) -> None:
        await until(lambda: catalog.latest().listing)
        asked = time.monotonic()
        listing = (await catalog.listed_anew()).listing
        assert listing is not None
        assert asked <= listing.began <= reader.began[-1]

    play(story, reader)


def test_all_who_ask_share_one_listing() -> None:
    reader = FakeReader()

    async def story(catalog: LiveCatalog) -> None:
        await until(lambda: catalog.latest().listing)
        answers = await asyncio.gather(*(catalog.listed_anew() for _ in range(500)))
        assert len({id(answer) for answer in answers}) == 1

    play(story, reader)
    assert len(reader.began) == 2


def test_who_asks_during_a_listing_waits_for_the_next_and_never_adds_a_second_kopia() -> None:
    reader = FakeReader()
    reader.gate.clear()

    async def story(catalog: LiveCatalog) -> None:
        await until(lambda: reader.began)
        late = asyncio.create_task(catalog.listed_anew())
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
        leaves, stays = (asyncio.create_task(catalog.listed_anew()) for _ in range(2))
        await until(lambda: reader.inside)
        leaves.cancel()
        await asyncio.sleep(0.01)
        reader.gate.set()
        assert (await stays).trouble == ""

    play(story, reader)


def test_trouble_keeps_the_old_list_and_is_told(snapshot: Callable[..., Snapshot]) -> None:
    reader = FakeReader()
    reader.found = (snapshot(),)

    async def story(catalog: LiveCatalog) -> None:
        await until(lambda: catalog.latest().listing)
        before = catalog.latest().listing
        reader.found = KopiaError("wrong repository password")
        known = await catalog.listed_anew()
        assert (known.trouble, known.listing) == ("wrong repository password", before)
        reader.found = ()
        assert (await catalog.listed_anew()).trouble == ""

    assert "pvc_plumber_listing_failures_total 1.0" in play(story, reader).text().decode()


def test_without_a_pin_nothing_is_listed() -> None:
    reader = FakeReader()
    reader.pin = KopiaError("no repository is pinned yet")

    async def story(catalog: LiveCatalog) -> None:
        known = await catalog.listed_anew()
        assert (known.pinned, known.trouble) == ("", "no repository is pinned yet")

    play(story, reader)
    assert reader.began == []


@pytest.mark.parametrize(("ids", "listings"), [([ELSEWHERE], 0), ([HERE, ELSEWHERE], 1)])
def test_another_repository_before_or_after_spoils_the_listing(
    ids: list[str], listings: int
) -> None:
    reader = FakeReader()
    reader.ids = ids

    async def story(catalog: LiveCatalog) -> None:
        await until(lambda: catalog.latest().trouble)
        assert "another repository" in catalog.latest().trouble
        assert catalog.latest().listing is None

    play(story, reader)
    assert len(reader.began) == listings


def test_a_bug_is_trouble_and_does_not_end_the_loop() -> None:
    reader = FakeReader()
    reader.found = RuntimeError("a bug")

    async def story(catalog: LiveCatalog) -> None:
        assert "internal error" in (await catalog.listed_anew()).trouble
        reader.found = ()
        assert (await catalog.listed_anew()).trouble == ""

    play(story, reader)


def test_a_dead_mount_is_told_and_does_not_block_the_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "LOOK_DEADLINE", 0.05)
    reader, release = FakeReader(), threading.Event()
    reader.unique_id = lambda: str(release.wait(5))

    async def story(catalog: LiveCatalog) -> None:
        await until(lambda: "did not answer" in catalog.latest().trouble)
        assert "still waits" in (await catalog.listed_anew()).trouble
        release.set()

    play(story, reader)


def test_a_failure_is_retried_sooner_than_a_success(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY", 0.01)
    reader = FakeReader()
    reader.found = KopiaError("broken")

    async def story(catalog: LiveCatalog) -> None:
        await until(lambda: len(reader.began) >= 3)
        reader.found = ()
        await until(lambda: not catalog.latest().trouble)

    play(story, reader)
