import asyncio
from collections.abc import Callable

import pytest

from fakes.audit_scene import SPACE, every_verdict, pvc, synced
from fakes.http_api import FakeCluster
from kube import client
from kube.api import Change
from kube.client import Client
from kube.resource import PVC, REPLICATION_SOURCE, STORAGE_CLASS
from plumber.audit import parse
from plumber.audit.cluster_cache import KINDS, ClusterCache


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "FIRST_PAUSE", 0.05)


def filled(cluster: FakeCluster) -> None:
    scene, _ = every_verdict()
    cluster.others = {k: objects for k, objects in scene.objects.items() if k != REPLICATION_SOURCE}
    for source in scene.objects[REPLICATION_SOURCE]:
        cluster.put_source(source)


def watch(
    story: Callable[[ClusterCache], None], until: Callable[[ClusterCache], bool]
) -> ClusterCache:
    """Runs a cache; once the first condition holds the story happens, then it must hold again."""

    async def stage() -> ClusterCache:
        cache = ClusterCache(Client())
        running = asyncio.create_task(cache.run())
        async with asyncio.timeout(10):
            while cache.trouble():
                await asyncio.sleep(0.01)
            story(cache)
            while not until(cache):
                await asyncio.sleep(0.01)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        return cache

    return asyncio.run(stage())


def test_it_knows_what_the_cluster_holds_as_facts(cluster: FakeCluster) -> None:
    filled(cluster)
    cache = watch(lambda cache: None, lambda cache: True)
    scene, _ = every_verdict()
    assert {kind: cache.objects(kind) for kind in KINDS} == {
        kind: scene.cache().objects(kind) for kind in KINDS
    }
    assert cache.objects(STORAGE_CLASS)["", "fast"] == "csi.example"


def test_changes_and_deletions_arrive(cluster: FakeCluster) -> None:
    filled(cluster)
    key = (SPACE, "photos-backup")
    fails = synced("photos-backup", reason="Error", message="no space")

    def has_failed(cache: ClusterCache) -> bool:
        parsed = cache.objects(REPLICATION_SOURCE).get(key)
        return isinstance(parsed, parse.Sync) and parsed.trouble == "no space"

    watch(lambda cache: cluster.put_source(fails), has_failed)
    watch(
        lambda cache: cluster.delete_source("photos-backup"),
        lambda cache: key not in cache.objects(REPLICATION_SOURCE),
    )


def test_what_another_provider_serves_is_not_ours(cluster: FakeCluster) -> None:
    filled(cluster)
    foreign = synced("photos-backup")
    foreign["spec"] = {"restic": {}}
    watch(
        lambda cache: cluster.put_source(foreign),
        lambda cache: (SPACE, "photos-backup") not in cache.objects(REPLICATION_SOURCE),
    )


def test_a_kind_that_may_not_be_read_is_named_and_the_rest_is_kept(cluster: FakeCluster) -> None:
    filled(cluster)
    del cluster.others[STORAGE_CLASS]

    async def stage() -> ClusterCache:
        cache = ClusterCache(Client())
        running = asyncio.create_task(cache.run())
        async with asyncio.timeout(10):
            while "forbidden" not in cache.trouble() or "not been read" in cache.trouble():
                await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.wait([running])
        return cache

    cache = asyncio.run(stage())
    assert cache.trouble() == "storageclasses: the API server said: forbidden"
    assert cache.objects(PVC)


def test_what_went_while_nobody_watched_is_forgotten() -> None:
    cache = ClusterCache(Client())
    for names in (("one", "two"), ("two",)):
        cache.apply(PVC, Change(objects=[pvc(name) for name in names], is_all=True))
    assert list(cache.objects(PVC)) == [(SPACE, "two")]


def test_before_the_first_look_it_says_what_is_missing() -> None:
    text = ClusterCache(Client()).trouble()
    assert text.count("it has not been read yet") == len(KINDS)
