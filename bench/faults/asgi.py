"""Calls an ASGI service in this process, as its web server would."""

import json
from collections.abc import MutableMapping
from typing import Any

from starlette.types import ASGIApp


async def get(app: ASGIApp, path: str, query: str = "") -> tuple[int, Any]:
    """Status and JSON of a GET."""
    status, body = 0, b""

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        nonlocal status, body
        status = message.get("status", status)
        body += message.get("body", b"")

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    await app(scope, receive, send)
    return status, json.loads(body)
