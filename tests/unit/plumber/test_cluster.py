import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from fakes.http_api import FakeCluster
from plumber import cluster as module
from plumber.cluster import CONFIG_MAPS, SOURCES, Cluster, ClusterError


def play(story: Callable[[Cluster], Awaitable[None]]) -> None:
    """Runs a story with a connection that is closed at its end."""

    async def stage() -> None:
        api = Cluster()
        try:
            await asyncio.wait_for(story(api), 10)
        finally:
            await api.close()

    asyncio.run(stage())


def config_map(name: str, **labels: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "labels": labels}, "data": {"k": "v"}}


def test_objects_are_made_found_by_label_read_and_merged(cluster: FakeCluster) -> None:
    async def story(api: Cluster) -> None:
        await api.create(CONFIG_MAPS, config_map("one", part="x"))
        await api.create(CONFIG_MAPS, config_map("two"))
        assert [o["metadata"]["name"] for o in await api.find(CONFIG_MAPS, "part=x")] == ["one"]
        await api.merge(f"{CONFIG_MAPS}/one", {"data": {"more": "w"}})
        assert (await api.get(f"{CONFIG_MAPS}/one"))["data"] == {"k": "v", "more": "w"}

    play(story)


def test_a_refusal_comes_with_its_status_and_the_server_s_words(cluster: FakeCluster) -> None:
    async def story(api: Cluster) -> None:
        with pytest.raises(ClusterError, match="not found") as caught:
            await api.get(f"{CONFIG_MAPS}/nope")
        assert caught.value.code == 404
        await api.create(CONFIG_MAPS, config_map("one"))
        old = {"metadata": {"resourceVersion": "0"}, "data": {}}
        with pytest.raises(ClusterError) as caught:
            await api.merge(f"{CONFIG_MAPS}/one", old)
        assert caught.value.code == 409

    play(story)


@pytest.mark.parametrize("content", [None, "not: [a kubeconfig", "{}"])
def test_a_process_without_access_says_so_and_needs_no_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | None
) -> None:
    path = tmp_path / "kubeconfig"
    if content is not None:
        path.write_text(content)
    monkeypatch.setenv("KUBECONFIG", str(path))

    async def story(api: Cluster) -> None:
        with pytest.raises(ClusterError, match="no access"):
            await api.get(SOURCES)

    play(story)


def test_a_server_that_is_gone_is_an_error_of_ours(cluster: FakeCluster) -> None:
    cluster.away = True

    async def story(api: Cluster) -> None:
        with pytest.raises(ClusterError, match="away"):
            await api.find(CONFIG_MAPS, "a=b")

    play(story)


def test_changes_arrive_as_they_happen(cluster: FakeCluster) -> None:
    cluster.tell({"metadata": {"name": "old"}})
    seen: list[str] = []

    async def follow(api: Cluster) -> None:
        async for change in api.follow(SOURCES):
            seen.extend(o["metadata"]["name"] for o in change.objects)
            seen.extend(f"no {o['metadata']['name']}" for o in change.gone)

    async def story(api: Cluster) -> None:
        following = asyncio.create_task(follow(api))
        await _until(lambda: seen == ["old"])
        cluster.tell({"metadata": {"name": "new"}})
        await _until(lambda: seen == ["old", "new"])
        cluster.forget("old")
        await _until(lambda: seen == ["old", "new", "no old"])
        cluster.away = True
        with pytest.raises(ClusterError):
            await asyncio.wait_for(following, 10)

    play(story)


def test_a_whole_kind_comes_in_pieces(
    cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PIECE", 2)
    for number in range(5):
        cluster.tell({"metadata": {"name": f"s-{number}"}})

    async def story(api: Cluster) -> None:
        async for change in api.follow(SOURCES):
            assert change.is_all
            assert [o["metadata"]["name"] for o in change.objects] == [
                f"s-{number}" for number in range(5)
            ]
            break

    play(story)


def test_a_silent_watch_ends_in_an_error(
    cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WATCH", 0)
    monkeypatch.setattr(module, "TIMEOUT", 0.2)

    async def story(api: Cluster) -> None:
        with pytest.raises(ClusterError, match="does not answer"):
            async for _ in api.follow(SOURCES):
                pass

    play(story)


async def _until(true: Any) -> None:
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.01)
