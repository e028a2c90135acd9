"""Stand-in for a 1Password Connect server: the read calls that the External Secrets provider makes.

usage: onepassword_connect.py ADDRESS PORT DATA_FILE
The data file ({token, vaults: {vault: {item: {field: value}}}}) is read anew for each call, so that
a test can change a password or a token under a running server. Values are never logged.
"""

import hashlib
import hmac
import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"  # ids are 26 of these characters
TITLE = re.compile(r'title eq "([^"]*)"')
Vaults = Mapping[str, Mapping[str, Mapping[str, str]]]


class RefusedError(Exception):
    """The answer is an error; the arguments are its status and its message."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Status and JSON body."""

    status: int
    body: object


def identifier(*names: str) -> str:
    """A stable id in the form that 1Password uses."""
    digest = hashlib.sha256("\0".join(names).encode()).digest()
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in digest[:26])


def _vault(name: str, items: Mapping) -> dict:
    return {"id": identifier(name), "name": name, "items": len(items), "type": "USER_CREATED"}


def _summary(vault: str, title: str) -> dict:
    about = {"id": identifier(vault, title), "title": title, "category": "SERVER", "version": 1}
    return about | {"vault": {"id": identifier(vault), "name": vault}}


def _item(vault: str, title: str, fields: Mapping[str, str]) -> dict:
    listed = [
        {"id": identifier(vault, title, label), "type": "CONCEALED", "label": label, "value": value}
        for label, value in fields.items()
    ]
    return _summary(vault, title) | {"fields": listed, "sections": [], "files": []}


def _wanted(query: str) -> str | None:
    """The title that a filter asks for; None without a filter."""
    texts = parse_qs(query).get("filter")
    if texts is None:
        return None
    match = TITLE.fullmatch(texts[0])
    if match is None:
        raise RefusedError(HTTPStatus.BAD_REQUEST, "Invalid filter")
    return match[1]


def _find(vaults: Vaults, wanted: str) -> str:
    for name in vaults:
        if identifier(name) == wanted:
            return name
    # The real server does not tell a vault that is missing from one that the token may not see.
    raise RefusedError(HTTPStatus.FORBIDDEN, "Authorization: token does not have access to vault")


def _lookup(vaults: Vaults, parts: list[str], query: str) -> object:
    match parts:
        case ["vaults"]:
            title = _wanted(query)
            return [_vault(name, items) for name, items in vaults.items() if title in (None, name)]
        case ["vaults", vault_id]:
            name = _find(vaults, vault_id)
            return _vault(name, vaults[name])
        case ["vaults", vault_id, "items"]:
            name, title = _find(vaults, vault_id), _wanted(query)
            return [_summary(name, item) for item in vaults[name] if title in (None, item)]
        case ["vaults", vault_id, "items", item_id]:
            name = _find(vaults, vault_id)
            for item, fields in vaults[name].items():
                if identifier(name, item) == item_id:
                    return _item(name, item, fields)
            raise RefusedError(HTTPStatus.NOT_FOUND, f"item {item_id} not found")
        case _:
            raise RefusedError(HTTPStatus.NOT_FOUND, "path not found")


def answer(token: str, vaults: Vaults, path: str, authorization: str) -> Answer:
    """The answer to a GET of this path with this Authorization header."""
    url = urlsplit(path)
    parts = url.path.strip("/").split("/")
    if parts in (["heartbeat"], ["health"]):
        return Answer(status=200, body={"name": "1Password Connect API", "version": "stand-in"})
    try:
        if not hmac.compare_digest(authorization.encode(), f"Bearer {token}".encode()):
            raise RefusedError(HTTPStatus.UNAUTHORIZED, "Invalid bearer token")
        if parts[0] != "v1":
            raise RefusedError(HTTPStatus.NOT_FOUND, "path not found")
        return Answer(status=200, body=_lookup(vaults, parts[1:], url.query))
    except RefusedError as error:
        return Answer(
            status=error.status, body={"status": int(error.status), "message": str(error)}
        )


def handler(data: Path) -> type[BaseHTTPRequestHandler]:
    """The request handler for one data file."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            store = json.loads(data.read_text())
            authorization = self.headers.get("Authorization", "")
            result = answer(store["token"], store["vaults"], self.path, authorization)
            text = json.dumps(result.body).encode()
            self.send_response(result.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

    return Handler


if __name__ == "__main__":
    ThreadingHTTPServer((sys.argv[1], int(sys.argv[2])), handler(Path(sys.argv[3]))).serve_forever()
