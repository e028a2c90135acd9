import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx2
import pytest
from lightkube import ApiError
from lightkube.config.kubeconfig import KubeConfig

from mover import model
from mover.api import CONFIG_MAP, EXTERNAL_SECRET, Api, is_refusal, refusal_text


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
        found = {"method": self.command, "path": self.path, "type": self.headers["Content-Type"]}
        server.seen.append(found | {"body": json.loads(body) if body else None})
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
        thread = threading.Thread(target=made.serve_forever)
        thread.start()
        yield made
        made.shutdown()
        thread.join()


@pytest.fixture
def api(server: Server) -> Api:
    address = f"http://127.0.0.1:{server.server_port}"
    config = {
        "clusters": [{"name": "x", "cluster": {"server": address}}],
        "users": [{"name": "x", "user": {"token": "made-up"}}],
        "contexts": [{"name": "x", "context": {"cluster": "x", "user": "x"}}],
        "current-context": "x",
    }
    return Api(KubeConfig.from_dict(config))


def failure(code: int, message: str) -> dict[str, Any]:
    return {"kind": "Status", "apiVersion": "v1", "code": code, "message": message}


def test_an_object_is_read_by_its_place(server: Server, api: Api) -> None:
    server.answer = {"metadata": {"name": "x"}}
    assert asyncio.run(api.get(model.SNAPSHOT, "media", "x")) == server.answer
    path = "/apis/snapshot.storage.k8s.io/v1/namespaces/media/volumesnapshots/x"
    assert server.seen[0]["path"] == path


def test_what_is_not_there_is_none(server: Server, api: Api) -> None:
    server.status, server.answer = 404, failure(404, "gone")
    assert asyncio.run(api.get(CONFIG_MAP, "media", "x")) is None
    server.answer = "404 page not found"  # a group that the cluster does not have
    assert asyncio.run(api.get(EXTERNAL_SECRET, "media", "x")) is None


def test_any_other_refusal_is_an_error_and_never_none(server: Server, api: Api) -> None:
    server.status, server.answer = 403, failure(403, "forbidden")
    with pytest.raises(ApiError, match="forbidden") as caught:
        asyncio.run(api.get(CONFIG_MAP, "media", "x"))
    assert is_refusal(caught.value, 403)
    assert not is_refusal(caught.value, 404)
    assert refusal_text(caught.value) == "forbidden"
    server.status, server.answer = 503, "no leader"
    with pytest.raises(httpx2.HTTPStatusError) as other:
        asyncio.run(api.get(CONFIG_MAP, "media", "x"))
    assert is_refusal(other.value, 503)


def test_a_list_gets_its_kinds_back(server: Server, api: Api) -> None:
    server.answer = {"items": [{"metadata": {}}]}
    assert asyncio.run(api.find(model.JOB, "", "a=b,c")) == [{"metadata": {}, "kind": "Job"}]
    assert server.seen[0]["path"] == "/apis/batch/v1/jobs?labelSelector=a%3Db%2Cc"


def test_a_dry_run_is_asked_for_as_one(server: Server, api: Api) -> None:
    job = {"kind": "Job", "metadata": {"name": "x", "namespace": "media"}}
    asyncio.run(api.create(job, dry_run=True))
    asyncio.run(api.create(job))
    first, second = (seen["path"] for seen in server.seen)
    assert first == "/apis/batch/v1/namespaces/media/jobs?dryRun=All"
    assert second == "/apis/batch/v1/namespaces/media/jobs"


def test_only_the_object_that_was_seen_is_deleted(server: Server, api: Api) -> None:
    asyncio.run(api.delete(model.JOB, "media", "x", "uid-1", ""))
    asyncio.run(api.delete(model.SNAPSHOT, "media", "x", "uid-2", "7"))
    job, image = (seen["body"] for seen in server.seen)
    assert job["preconditions"] == {"uid": "uid-1"}
    assert job["propagationPolicy"] == "Foreground"
    assert image["preconditions"] == {"uid": "uid-2", "resourceVersion": "7"}


def test_a_status_is_written_only_over_the_version_that_was_seen(server: Server, api: Api) -> None:
    asyncio.run(api.patch_status(model.REPLICATION_SOURCE, "media", "x", "7", {"a": None}))
    seen = server.seen[0]
    assert seen["path"].endswith("/replicationsources/x/status")
    assert seen["type"] == "application/merge-patch+json"
    assert seen["body"] == {"metadata": {"resourceVersion": "7"}, "status": {"a": None}}
