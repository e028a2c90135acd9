import asyncio
from collections.abc import Callable

import pytest

from fakes.audit_scene import SPACE, every_verdict, pvc, synced
from fakes.http_api import FakeCluster
from plumber.audit import cluster_cache as module
from plumber.audit import parse
from plumber.audit.cluster_cache import CLAIMS, CLASSES, KINDS, SOURCES, Board
from plumber.cluster import Change, Cluster


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY", 0.05)


def filled(cluster: FakeCluster) -> None:
    scene, _ = every_verdict()
    cluster.others = {path: found for path, found in scene.objects.items() if path != SOURCES}
    for source in scene.objects[SOURCES]:
        cluster.tell(source)


def watch(story: Callable[[Board], None], until: Callable[[Board], bool]) -> Board:
    """Runs a board; once the first condition holds the story happens, then it must hold again."""

    async def stage() -> Board:
        seen = Board(Cluster())
        running = asyncio.create_task(seen.run())
        async with asyncio.timeout(10):
            while seen.trouble():
                await asyncio.sleep(0.01)
            story(seen)
            while not until(seen):
                await asyncio.sleep(0.01)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        return seen

    return asyncio.run(stage())


def test_it_knows_what_the_cluster_holds_as_facts(cluster: FakeCluster) -> None:
    filled(cluster)
    seen = watch(lambda board: None, lambda board: True)
    scene, _ = every_verdict()
    assert {path: seen.shelf(path) for path in KINDS} == {
        path: scene.board().shelf(path) for path in KINDS
    }
    assert seen.shelf(CLASSES)["", "fast"] == "csi.example"


def test_changes_and_deletions_arrive(cluster: FakeCluster) -> None:
    filled(cluster)
    place = (SPACE, "photos-backup")
    fails = synced("photos-backup", reason="Error", message="no space")

    def has_failed(board: Board) -> bool:
        fact = board.shelf(SOURCES).get(place)
        return isinstance(fact, parse.Sync) and fact.trouble == "no space"

    watch(lambda board: cluster.tell(fails), has_failed)
    watch(
        lambda board: cluster.forget("photos-backup"),
        lambda board: place not in board.shelf(SOURCES),
    )


def test_what_another_provider_serves_is_not_ours(cluster: FakeCluster) -> None:
    filled(cluster)
    foreign = synced("photos-backup")
    foreign["spec"] = {"restic": {}}
    watch(
        lambda board: cluster.tell(foreign),
        lambda board: (SPACE, "photos-backup") not in board.shelf(SOURCES),
    )


def test_a_kind_that_may_not_be_read_is_named_and_the_rest_is_kept(cluster: FakeCluster) -> None:
    filled(cluster)
    del cluster.others[CLASSES]

    async def stage() -> Board:
        seen = Board(Cluster())
        running = asyncio.create_task(seen.run())
        async with asyncio.timeout(10):
            while "forbidden" not in seen.trouble() or not seen.shelf(CLAIMS):
                await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.wait([running])
        return seen

    seen = asyncio.run(stage())
    assert seen.trouble() == "storageclasses: the API server said: forbidden"


def test_what_went_while_nobody_watched_is_forgotten() -> None:
    seen = Board(Cluster())
    for names in (("one", "two"), ("two",)):
        seen.take(CLAIMS, Change(objects=[pvc(name) for name in names], is_all=True))
    assert list(seen.shelf(CLAIMS)) == [(SPACE, "two")]


def test_before_the_first_look_it_says_what_is_missing() -> None:
    text = Board(Cluster()).trouble()
    assert text.count("it has not been read yet") == len(KINDS)
