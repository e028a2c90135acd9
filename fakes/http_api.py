"""Stand-in for pvc-plumber's API server: some kinds of objects in memory, over real HTTP."""

import asyncio
import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from contract.repository import PIN_CONFIG_MAP, PIN_KEY
from contract.scope import VOLSYNC_NAMESPACE
from fakes.serving import served
from kube.resource import CONFIG_MAP, PATHS, REPLICATION_SOURCE, path

KINDS = {path(kind, ""): kind for kind in PATHS}

Object = dict[str, Any]


def _refused(code: int, message: str) -> Response:
    status = {"kind": "Status", "apiVersion": "v1", "code": code, "message": message}
    return JSONResponse(status, code)


@dataclass
class FakeCluster:
    """The stored objects; `is_down` makes every call fail, `writes` lists written names."""

    config_maps: dict[str, Object] = field(default_factory=dict)
    sources: dict[str, Object] = field(default_factory=dict)
    others: dict[str, list[Object]] = field(default_factory=dict)  # by kind; they never change
    events: list[Object] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    reads: int = 0  # of the ledger
    is_down: bool = False
    conflicts: int = 0  # so many writes meet another's
    interloper: Callable[[], None] | None = None  # writes once, just before the next merge
    version: int = 1
    url: str = ""

    def pin(self, repository: str) -> None:
        """Stores the pin, as bootstrap does."""
        metadata = {"name": PIN_CONFIG_MAP, "resourceVersion": "1"}
        self.config_maps[PIN_CONFIG_MAP] = {"metadata": metadata, "data": {PIN_KEY: repository}}

    def put_source(self, source: Object) -> None:
        """Stores a ReplicationSource and sends an event to watchers."""
        self.version += 1
        source["metadata"]["resourceVersion"] = str(self.version)
        self.sources[source["metadata"]["name"]] = source
        self.events.append({"type": "MODIFIED", "object": source})

    def delete_source(self, name: str) -> None:
        """Deletes a ReplicationSource and sends an event to watchers."""
        self.version += 1
        source = self.sources.pop(name)
        metadata = {**source["metadata"], "resourceVersion": str(self.version)}
        self.events.append({"type": "DELETED", "object": {**source, "metadata": metadata}})

    def _config_maps(self, request: Request) -> Response:
        self.reads += 1
        selector = request.query_params.get("labelSelector", "")
        wanted = dict(pair.split("=") for pair in selector.split(",") if pair)
        items = [
            item
            for item in self.config_maps.values()
            if wanted.items() <= item["metadata"].get("labels", {}).items()
        ]
        return self._list(items)

    def _list(self, items: list[Object]) -> Response:
        return JSONResponse({"metadata": {"resourceVersion": str(self.version)}, "items": items})

    def _piece(self, items: list[Object], request: Request) -> Response:
        start = int(request.query_params.get("continue", "0"))
        end = start + int(request.query_params.get("limit", len(items)))
        metadata = {"resourceVersion": str(self.version)}
        more = {"continue": str(end)} if end < len(items) else {}
        return JSONResponse({"metadata": {**metadata, **more}, "items": items[start:end]})

    async def serve_config_maps(self, request: Request) -> Response:
        if self.is_down:
            return _refused(503, "away")
        if request.method == "GET":
            return self._config_maps(request)
        body = await request.json()
        name = body["metadata"]["name"]
        if name in self.config_maps or self._meets_another():
            return _refused(409, "it exists")
        self.store(name, body)
        return JSONResponse(body, 201)

    async def serve_config_map(self, request: Request) -> Response:
        name = request.path_params["name"]
        config_map = self.config_maps.get(name)
        if self.is_down:
            return _refused(503, "away")
        if config_map is None:
            return _refused(404, "not found")
        if request.method == "GET":
            return JSONResponse(config_map)
        body = await request.json()
        if self.interloper:
            self.interloper()
            self.interloper, config_map = None, self.config_maps[name]
        metadata = body.get("metadata", {})
        wanted = metadata.get("resourceVersion", config_map["metadata"]["resourceVersion"])
        if wanted != config_map["metadata"]["resourceVersion"] or self._meets_another():
            return _refused(409, "the object has been modified")
        merged = {
            "metadata": {**config_map["metadata"], **metadata},
            "data": {**config_map.get("data", {}), **body.get("data", {})},
        }
        self.store(name, merged)
        return JSONResponse(merged)

    def _meets_another(self) -> bool:
        self.conflicts -= 1
        return self.conflicts >= 0

    def store(self, name: str, body: Object) -> None:
        """Keeps an object under a new version."""
        self.version += 1
        body["metadata"]["resourceVersion"] = str(self.version)
        self.config_maps[name] = body
        self.writes.append(name)

    async def serve_sources(self, request: Request) -> Response:
        if self.is_down:
            return _refused(503, "away")
        if "watch" not in request.query_params:
            return self._piece(list(self.sources.values()), request)
        version = int(request.query_params["resourceVersion"])
        return StreamingResponse(self._watch(version), media_type="application/json")

    async def serve_others(self, request: Request) -> Response:
        kind = KINDS.get(request.url.path.removeprefix("/"))
        if self.is_down or kind not in self.others:
            return _refused(403, "forbidden")
        if "watch" not in request.query_params:
            return self._piece(self.others[kind], request)
        return StreamingResponse(self._silence(), media_type="application/json")

    async def _silence(self) -> Any:
        while not self.is_down:
            await asyncio.sleep(0.02)
            yield ""

    async def _watch(self, version: int) -> Any:
        versions = [int(e["object"]["metadata"]["resourceVersion"]) for e in self.events]
        sent = sum(past <= version for past in versions)
        while not self.is_down:
            for event in self.events[sent:]:
                yield json.dumps(event) + "\n"
            sent = len(self.events)
            await asyncio.sleep(0.02)


@contextmanager
def running(cluster: FakeCluster | None = None) -> Generator[FakeCluster]:
    """The stand-in on a free loopback port, until the end of the block."""
    cluster = cluster or FakeCluster()
    config_maps = path(CONFIG_MAP, VOLSYNC_NAMESPACE)
    app = Starlette(
        routes=[
            Route(f"/{config_maps}", cluster.serve_config_maps, methods=["GET", "POST"]),
            Route(f"/{config_maps}/{{name}}", cluster.serve_config_map, methods=["GET", "PATCH"]),
            Route(f"/{path(REPLICATION_SOURCE, '')}", cluster.serve_sources),
            Route("/{path:path}", cluster.serve_others),
        ]
    )
    with served(app) as port:
        cluster.url = f"http://127.0.0.1:{port}"
        try:
            yield cluster
        finally:
            cluster.is_down = True


def kubeconfig(folder: Path, url: str) -> Path:
    """Writes a kubeconfig that leads to the stand-in."""
    path = folder / "kubeconfig"
    config = {
        "clusters": [{"name": "c", "cluster": {"server": url}}],
        "users": [{"name": "u", "user": {"token": "t"}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }
    path.write_text(json.dumps(config))
    return path
