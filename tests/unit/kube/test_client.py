import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from lightkube import KubeConfig

from contract.scope import VOLSYNC_NAMESPACE
from fakes.http_api import FakeCluster
from kube import client as module
from kube.api import ApiError
from kube.client import Client
from kube.resource import (
    CONFIG_MAP,
    EXTERNAL_SECRET,
    JOB,
    PVC,
    REPLICATION_SOURCE,
    SNAPSHOT,
)

Story = Callable[[Client], Awaitable[None]]


class Server(HTTPServer):
    """Answers each request with what the test has put there, and remembers it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[dict[str, Any]] = []
        self.status = 200
        self.answer: Any = {}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server = self.server
        assert isinstance(server, Server)
        size = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(size)
        request = {"method": self.command, "path": self.path, "type": self.headers["Content-Type"]}
        request |= {"token": self.headers["Authorization"]}
        server.seen.append(request | {"body": json.loads(body) if body else None})
        text = server.answer
        kind = "text/plain" if isinstance(text, str) else "application/json"
        sent = (text if isinstance(text, str) else json.dumps(text)).encode()
        self.send_response(server.status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    do_POST = do_PATCH = do_DELETE = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing on the test's output."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as made:
        thread = threading.Thread(target=made.serve_forever, args=(0.01,))
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def play(story: Story, config: KubeConfig | None = None) -> None:
    """Runs a story with a client that is closed at its end."""

    async def stage() -> None:
        api = Client(config)
        try:
            await asyncio.wait_for(story(api), 10)
        finally:
            await api.close()

    asyncio.run(stage())


def configured(url: str, user: dict[str, str]) -> KubeConfig:
    return KubeConfig.from_dict(
        {
            "clusters": [{"name": "x", "cluster": {"server": url}}],
            "users": [{"name": "x", "user": user}],
            "contexts": [{"name": "x", "context": {"cluster": "x", "user": "x"}}],
            "current-context": "x",
        }
    )


@pytest.fixture
def ask(server: Server) -> Callable[[Story], None]:
    """Runs a story against the server that remembers."""
    config = configured(f"http://127.0.0.1:{server.server_port}", {"token": "made-up"})
    return lambda story: play(story, config)


Ask = Callable[[Story], None]


def failure(code: int, message: str) -> dict[str, Any]:
    return {"kind": "Status", "apiVersion": "v1", "code": code, "message": message}


def listed(*items: Any) -> dict[str, Any]:
    return {"metadata": {"resourceVersion": "1"}, "items": [*items]}


def test_an_object_is_read_by_its_place(server: Server, ask: Ask) -> None:
    server.answer = {"metadata": {"name": "x"}}

    async def story(api: Client) -> None:
        assert await api.get(SNAPSHOT, "media", "x") == server.answer

    ask(story)
    path = "/apis/snapshot.storage.k8s.io/v1/namespaces/media/volumesnapshots/x"
    assert server.seen[0]["path"] == path


def test_what_is_not_there_is_none(server: Server, ask: Ask) -> None:
    async def story(api: Client) -> None:
        server.status, server.answer = 404, failure(404, "gone")
        assert await api.get(CONFIG_MAP, "media", "x") is None
        server.answer = "404 page not found"  # a group that the cluster does not have
        assert await api.get(EXTERNAL_SECRET, "media", "x") is None

    ask(story)


@pytest.mark.parametrize(
    ("answer", "reason", "words"),
    [
        (failure(403, "forbidden"), "the API server said: forbidden", "forbidden"),
        ("no leader", *["the API server answered with status 403"] * 2),
        ({"message": None}, *["the API server answered with status 403"] * 2),
        ([], *["the API server answered with status 403"] * 2),
    ],
)
def test_any_other_refusal_is_an_error_and_never_none(
    server: Server, ask: Ask, answer: Any, reason: str, words: str
) -> None:
    server.status, server.answer = 403, answer

    async def story(api: Client) -> None:
        with pytest.raises(ApiError) as caught:
            await api.get(CONFIG_MAP, "media", "x")
        assert (str(caught.value), caught.value.code) == (reason, 403)
        assert caught.value.words == words

    ask(story)


@pytest.mark.parametrize("answer", ["<html>", [], {"items": []}, {"metadata": {}, "items": []}])
def test_what_is_no_list_is_an_error_and_never_an_empty_one(
    server: Server, ask: Ask, answer: Any
) -> None:
    server.answer = answer

    async def story(api: Client) -> None:
        with pytest.raises(ApiError, match="does not answer"):
            await api.find(PVC, "", "")

    ask(story)


def test_a_list_gets_its_kinds_back(server: Server, ask: Ask) -> None:
    server.answer = listed({"metadata": {}})

    async def story(api: Client) -> None:
        assert await api.find(JOB, "", "a=b,c") == [{"metadata": {}, "kind": "Job"}]
        server.answer = {**listed(), "items": None}
        assert await api.find(JOB, "media", "") == []
        assert await api.find(JOB, "media", "", "metadata.uid=u") == []

    ask(story)
    assert server.seen[0]["path"] == "/apis/batch/v1/jobs?limit=500&labelSelector=a%3Db%2Cc"
    path = "/apis/batch/v1/namespaces/media/jobs?limit=500"
    assert server.seen[1]["path"] == path
    assert server.seen[2]["path"] == f"{path}&fieldSelector=metadata.uid%3Du"


def test_a_dry_run_is_asked_for_as_one(server: Server, ask: Ask) -> None:
    job = {"kind": "Job", "metadata": {"name": "x", "namespace": "media"}}

    async def story(api: Client) -> None:
        await api.create(job, dry_run=True)
        await api.create(job)

    ask(story)
    first, second = (seen["path"] for seen in server.seen)
    assert first == "/apis/batch/v1/namespaces/media/jobs?dryRun=All"
    assert second == "/apis/batch/v1/namespaces/media/jobs"


def test_only_the_object_that_was_seen_is_deleted(server: Server, ask: Ask) -> None:
    async def story(api: Client) -> None:
        await api.delete(JOB, "media", "x", "uid-1", "")
        await api.delete(SNAPSHOT, "media", "x", "uid-2", "7")

    ask(story)
    job, image = (seen["body"] for seen in server.seen)
    assert job["preconditions"] == {"uid": "uid-1"}
    assert job["propagationPolicy"] == "Foreground"
    assert image["preconditions"] == {"uid": "uid-2", "resourceVersion": "7"}


def test_a_status_is_written_only_over_the_version_that_was_seen(server: Server, ask: Ask) -> None:
    async def story(api: Client) -> None:
        await api.patch_status(REPLICATION_SOURCE, "media", "x", "7", {"a": None})

    ask(story)
    seen = server.seen[0]
    assert seen["path"].endswith("/replicationsources/x/status")
    assert seen["type"] == "application/merge-patch+json"
    assert seen["body"] == {"metadata": {"resourceVersion": "7"}, "status": {"a": None}}


def config_map(name: str, **labels: str) -> dict[str, Any]:
    meta = {"name": name, "namespace": VOLSYNC_NAMESPACE, "labels": labels}
    return {"kind": CONFIG_MAP, "metadata": meta, "data": {"k": "v"}}


def test_objects_are_made_found_by_label_read_and_merged(cluster: FakeCluster) -> None:
    here = VOLSYNC_NAMESPACE

    async def story(api: Client) -> None:
        await api.create(config_map("one", part="x"))
        await api.create(config_map("two"))
        config_maps = await api.find(CONFIG_MAP, here, "part=x")
        assert [o["metadata"]["name"] for o in config_maps] == ["one"]
        await api.patch(CONFIG_MAP, here, "one", {"data": {"more": "w"}})
        one = await api.get(CONFIG_MAP, here, "one")
        assert one
        assert one["data"] == {"k": "v", "more": "w"}

    play(story)


def test_what_another_has_changed_meanwhile_is_a_conflict(cluster: FakeCluster) -> None:
    async def story(api: Client) -> None:
        await api.create(config_map("one"))
        old = {"metadata": {"resourceVersion": "0"}, "data": {}}
        with pytest.raises(ApiError) as caught:
            await api.patch(CONFIG_MAP, VOLSYNC_NAMESPACE, "one", old)
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

    async def story(api: Client) -> None:
        with pytest.raises(ApiError, match="no access"):
            await api.find(REPLICATION_SOURCE, "", "")

    play(story)


def test_a_server_that_is_gone_is_an_error_of_ours(cluster: FakeCluster) -> None:
    cluster.is_down = True

    async def story(api: Client) -> None:
        with pytest.raises(ApiError, match="away"):
            await api.find(CONFIG_MAP, VOLSYNC_NAMESPACE, "a=b")

    play(story)


def test_nobody_who_listens_is_silence_and_no_refusal() -> None:
    async def story(api: Client) -> None:
        with pytest.raises(ApiError, match="does not answer") as caught:
            await api.get(PVC, "media", "x")
        assert caught.value.code == 0

    play(story, configured("http://127.0.0.1:1", {"token": "made-up"}))


def test_a_whole_kind_comes_in_pieces(
    cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PIECE", 2)
    names = [f"s-{number}" for number in range(5)]
    for name in names:
        cluster.put_source({"metadata": {"name": name}})

    async def story(api: Client) -> None:
        sources = await api.find(REPLICATION_SOURCE, "", "")
        assert [item["metadata"]["name"] for item in sources] == names

    play(story)
