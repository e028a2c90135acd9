"""The watch, against a server that says each byte as a test wants it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest
from lightkube import KubeConfig
from lightkube.config.models import Cluster, User

from fakes.http_api import FakeCluster
from kube import client as module
from kube.api import Change
from kube.client import Client
from kube.resource import REPLICATION_SOURCE

Object = dict[str, Any]
Writer = asyncio.StreamWriter


class Script:
    """Answers each request with the next thing to say, and the last of them for ever."""

    def __init__(self, *answers: Callable[[Writer], Coroutine[Any, Any, None]]) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.asked.append(head.split()[1])
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        try:
            await answer(writer)
        finally:
            writer.close()


def listed(*names: str, version: str = "10") -> Callable[[Writer], Coroutine[Any, Any, None]]:
    items = [{"metadata": {"name": name}} for name in names]
    return whole(200, {"metadata": {"resourceVersion": version}, "items": items})


def whole(code: int, body: Object) -> Callable[[Writer], Coroutine[Any, Any, None]]:
    async def answer(writer: Writer) -> None:
        text = json.dumps(body).encode()
        head = f"HTTP/1.1 {code} X\r\nContent-Length: {len(text)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + text)
        await writer.drain()

    return answer


def event(kind: str, name: str, version: str) -> bytes:
    item = {"metadata": {"name": name, "resourceVersion": version}}
    return json.dumps({"type": kind, "object": item}, ensure_ascii=False).encode() + b"\n"


def stream(
    *pieces: bytes, is_cut: bool = False, lasts: float = 0
) -> Callable[[Writer], Coroutine[Any, Any, None]]:
    """A watch that says these pieces, each by itself, and ends; or is cut off."""

    async def answer(writer: Writer) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n")
        for piece in pieces:
            writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            await writer.drain()
            await asyncio.sleep(0.01)
        await asyncio.sleep(lasts)
        if not is_cut:
            writer.write(b"0\r\n\r\n")
            await writer.drain()

    return answer


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE", 0.02)
    monkeypatch.setattr(module, "LAST_PAUSE", 0.04)


def heard(script: Script, count: int, timeout: float = module.TIMEOUT) -> list[Change]:
    """The first changes that a watch of this server tells of."""

    async def stage() -> list[Change]:
        async with await asyncio.start_server(script, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            there = Cluster(server=f"http://127.0.0.1:{port}")
            api = Client(KubeConfig.from_one(cluster=there, user=User(token="t")), timeout)
            changes = api.follow(REPLICATION_SOURCE, "a=b")
            async with asyncio.timeout(10):
                received = [await anext(changes) for _ in range(count)]
            assert isinstance(changes, AsyncIterator)
            await changes.aclose()  # ty: ignore[missing-attribute]  # it is a generator
            await api.close()
            return received

    return asyncio.run(stage())


def names(change: Change) -> list[str]:
    return [one["metadata"]["name"] for one in change.objects]


def test_all_that_there_is_comes_first_and_then_each_change() -> None:
    script = Script(
        listed("old"),
        stream(event("ADDED", "new", "11"), event("DELETED", "old", "12"), lasts=5),
    )
    all_of_them, new, gone = heard(script, 3)
    assert (names(all_of_them), all_of_them.is_all) == (["old"], True)
    assert all_of_them.objects[0]["kind"] == REPLICATION_SOURCE
    assert names(new) == ["new"]
    assert [one["metadata"]["name"] for one in gone.gone] == ["old"]
    asked = script.asked[1]
    assert "watch=1" in asked
    assert "allowWatchBookmarks=true" in asked
    assert "resourceVersion=10" in asked
    assert all("labelSelector=a%3Db" in path for path in script.asked)


def test_a_watch_that_ends_as_asked_goes_on_from_the_last_bookmark() -> None:
    script = Script(
        listed(), stream(event("BOOKMARK", "", "99")), stream(event("ADDED", "x", "100"), lasts=5)
    )
    everything, bookmark, end, new = heard(script, 4)
    assert everything.is_all
    assert bookmark == end == Change()
    assert names(new) == ["x"]
    assert "resourceVersion=99" in script.asked[2]


def test_an_event_may_come_in_pieces_and_many_in_one() -> None:
    text = event("ADDED", "a", "11") + event("ADDED", "b", "12") + event("ADDED", "c", "13")
    script = Script(listed(), stream(*(text[at : at + 7] for at in range(0, len(text), 7))))
    assert [names(change) for change in heard(script, 4)[1:]] == [["a"], ["b"], ["c"]]
    script = Script(listed(), stream(text))
    assert [names(change) for change in heard(script, 4)[1:]] == [["a"], ["b"], ["c"]]


@pytest.mark.parametrize("sign", ["\u0085", "\u2028"])
def test_a_character_that_ends_lines_of_text_ends_no_event(sign: str) -> None:
    change = heard(Script(listed(), stream(event("ADDED", f"a{sign}b", "11"), lasts=5)), 2)[1]
    assert names(change) == [f"a{sign}b"]


GONE = {"kind": "Status", "code": 410, "message": "too old resource version"}


@pytest.mark.parametrize(
    "lost",
    [
        stream(json.dumps({"type": "ERROR", "object": GONE}).encode() + b"\n"),
        whole(410, GONE),
        stream(event("ADDED", "x", "11")[:20], is_cut=True),
        stream(event("ADDED", "x", "11")[:20]),
        stream(b'{"type": "ADDED"}\n'),
        stream(is_cut=True),
        whole(401, {"code": 401, "message": "Unauthorized"}),
        whole(503, {}),
    ],
)
def test_after_whatever_failure_it_says_so_and_tells_all_anew(lost: Any) -> None:
    script = Script(listed("old", version="10"), lost, listed("new", version="20"), stream(lasts=5))
    first, trouble, again = heard(script, 3)
    assert names(first) == ["old"]
    assert trouble.trouble
    assert not trouble.is_all
    assert (names(again), again.is_all) == (["new"], True)


def test_a_kind_that_may_not_be_read_is_tried_again_for_ever() -> None:
    refused = whole(403, {"code": 403, "message": "forbidden"})
    script = Script(refused, refused, refused, listed("x"), stream(lasts=5))
    *troubles, last = heard(script, 4)
    assert {change.trouble for change in troubles} == {"the API server said: forbidden"}
    assert last.is_all


def test_a_silent_connection_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WATCH", 0)
    change = heard(Script(listed(), stream(lasts=30)), 2, timeout=2)[1]
    assert change.trouble == "the API server does not answer (ReadTimeout)"


def test_pauses_grow_to_a_limit_and_are_uneven(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE", 1.0)
    monkeypatch.setattr(module, "LAST_PAUSE", 10.0)
    pauses = [module._pause(failures) for failures in (0, 1, 2, 3, 4, 5000)]
    limits = [1, 2, 4, 8, 10, 10]
    assert all(limit / 2 <= pause <= limit for pause, limit in zip(pauses, limits, strict=True))
    assert len({module._pause(4) for _ in range(10)}) > 1


def test_changes_of_the_stand_in_arrive_as_they_happen(cluster: FakeCluster) -> None:
    cluster.put_source({"metadata": {"name": "old"}})
    seen: list[str] = []

    async def follow(api: Client) -> None:
        async for change in api.follow(REPLICATION_SOURCE):
            seen.extend(names(change))
            seen.extend(f"no {one['metadata']['name']}" for one in change.gone)
            seen.extend("lost" for _ in filter(None, [change.trouble]))

    async def story() -> None:
        api = Client()
        following = asyncio.create_task(follow(api))
        for step, expected in (
            (lambda: None, "old"),
            (lambda: cluster.put_source({"metadata": {"name": "new"}}), "new"),
            (lambda: cluster.delete_source("old"), "no old"),
            (lambda: setattr(cluster, "is_down", True), "lost"),
        ):
            step()
            async with asyncio.timeout(10):
                while seen[-1:] != [expected]:
                    await asyncio.sleep(0.01)
        following.cancel()
        await asyncio.wait([following])
        await api.close()

    asyncio.run(story())
