import threading
import time
from collections.abc import Callable

import pytest

from kopia.command import KopiaError
from kopia.snapshots import Snapshot
from plumber.repository import catalog as module
from plumber.repository.catalog import LiveCatalog
from plumber.repository.reader import Look
from tests.unit.plumber.reader import ELSEWHERE, HERE, FakeReader, play, until


def test_it_lists_by_itself_at_the_start(snapshot: Callable[..., Snapshot]) -> None:
    reader = FakeReader()
    reader.outcome = (snapshot(),)

    async def story(catalog: LiveCatalog) -> None:
        await until(lambda: catalog.latest().listing)
        assert catalog.latest().pinned == HERE
        assert set(catalog.latest().memory.marks) == {snapshot().identity}

    assert "pvc_plumber_listing_seconds_count 1.0" in play(story, reader).text().decode()


def test_it_looks_by_itself_and_lists_where_something_has_changed() -> None:
    reader = FakeReader()

    async def story(catalog: LiveCatalog) -> None:
        await until(lambda: catalog.latest().listing)
        reader.change(())
        await until(lambda: len(reader.began) == 2)

    play(story, reader, refresh=0.01)


def test_what_looks_unchanged_is_proven_without_kopia() -> None:
    reader = FakeReader()

    async def story(catalog: LiveCatalog) -> None:
        await until(lambda: catalog.latest().listing)
        for _ in range(3):
            asked = time.monotonic()
            listing = (await catalog.proven()).listing
            assert listing is not None
            assert listing.began >= asked

    play(story, reader)
    assert len(reader.began) == 2  # the second says what the first did


def test_a_list_of_an_older_copy_that_was_there_for_a_moment_stands_for_nothing(
    snapshot: Callable[..., Snapshot],
) -> None:
    """Before and after it all looks the same: only a second list tells."""
    reader = FakeReader()

    async def story(catalog: LiveCatalog) -> None:
        await until(lambda: catalog.latest().listing)
        reader.outcome = (snapshot(),)
        for _ in range(3):
            listing = (await catalog.proven()).listing
            assert listing is not None
            assert listing.snapshots

    play(story, reader)
    assert len(reader.began) == 3  # the first, and two that agree


def test_a_list_is_confirmed_soon_without_a_question(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY", 0.01)
    reader = FakeReader()

    async def story(catalog: LiveCatalog) -> None:
        await until(lambda: len(reader.began) == 2)

    play(story, reader)


def test_what_changes_during_a_listing_is_listed_again(snapshot: Callable[..., Snapshot]) -> None:
    reader = FakeReader()
    reader.gate.clear()

    async def story(catalog: LiveCatalog) -> None:
        await until(lambda: reader.inside)
        reader.state += 1
        reader.gate.set()
        await until(lambda: catalog.latest().listing)
        reader.outcome = (snapshot(),)
        listing = (await catalog.proven()).listing
        assert listing is not None
        assert listing.snapshots

    play(story, reader)


def test_a_list_of_a_hiccup_is_not_proven_by_the_repositorys_recovery(
    snapshot: Callable[..., Snapshot],
) -> None:
    reader = FakeReader()
    reader.gate.clear()

    async def story(catalog: LiveCatalog) -> None:
        await until(lambda: reader.inside)
        reader.state += 1  # a part of the index is away while kopia reads
        reader.gate.set()
        await until(lambda: catalog.latest().listing)
        reader.state -= 1  # and there again
        reader.outcome = (snapshot(),)
        listing = (await catalog.proven()).listing
        assert listing is not None
        assert listing.snapshots

    play(story, reader)


def test_an_unchanged_repository_is_listed_again_after_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "RELIST", 0.01)
    reader = FakeReader()

    async def story(catalog: LiveCatalog) -> None:
        await until(lambda: len(reader.began) >= 3)

    play(story, reader, refresh=0.01)


def test_trouble_keeps_the_old_list_and_is_told(snapshot: Callable[..., Snapshot]) -> None:
    reader = FakeReader()
    reader.outcome = (snapshot(),)

    async def story(catalog: LiveCatalog) -> None:
        await until(lambda: catalog.latest().listing)
        before = catalog.latest().listing
        reader.change(KopiaError("wrong repository password"))
        known = await catalog.proven()
        assert (known.trouble, known.listing) == ("wrong repository password", before)
        reader.change(())
        assert (await catalog.proven()).trouble == ""

    assert "pvc_plumber_listing_failures_total 1.0" in play(story, reader).text().decode()


def test_without_a_pin_nothing_is_listed() -> None:
    reader = FakeReader()
    reader.pin = KopiaError("no repository is pinned yet")

    async def story(catalog: LiveCatalog) -> None:
        known = await catalog.proven()
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
    reader.outcome = RuntimeError("a bug")

    async def story(catalog: LiveCatalog) -> None:
        assert "internal error" in (await catalog.proven()).trouble
        reader.outcome = ()
        assert (await catalog.proven()).trouble == ""

    play(story, reader)


def test_a_dead_mount_is_told_and_does_not_block_the_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "LOOK_DEADLINE", 0.05)
    reader, release = FakeReader(), threading.Event()
    reader.look = lambda: Look(unique_id=str(release.wait(5)), state="")

    async def story(catalog: LiveCatalog) -> None:
        await until(lambda: "did not answer" in catalog.latest().trouble)
        assert "still waits" in (await catalog.proven()).trouble
        release.set()

    play(story, reader)


def test_a_failure_is_retried_sooner_than_a_success(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY", 0.01)
    reader = FakeReader()
    reader.outcome = KopiaError("broken")

    async def story(catalog: LiveCatalog) -> None:
        await until(lambda: len(reader.began) >= 3)
        reader.outcome = ()
        await until(lambda: not catalog.latest().trouble)

    play(story, reader)
