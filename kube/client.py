"""The one client of the API server: reads, writes, and the watch."""

import asyncio
import contextlib
import random
import ssl
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

import httpx2
import msgspec
from lightkube import KubeConfig

from contract.times import CLOCKS_DISAGREE, time_text
from kube.api import NOT_FOUND, ApiError, Change
from kube.connection import Connection
from kube.resource import JOB, Object, path
from kube.server_clock import ServerClock

TIMEOUT = 10.0  # seconds for one call
ADMISSION_TIMEOUT = 30.0  # for one that admission holds up: a webhook may take ten of them
WATCH = 30  # seconds after which a watch is begun anew, so that a dead connection is noticed
PIECE = 500  # objects in one answer: ten thousand at once would take longer than a call may
FIRST_PAUSE = 1.0  # seconds until a watch that failed is tried again
LAST_PAUSE = 10.0
DOUBLINGS = 10  # more of them add nothing, and in the end are no number any more
JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
OUT_OF_DATE = (9, 10)  # not yet valid, and expired; X509_V_ERR_* of OpenSSL's x509_vfy.h


class _Metadata(msgspec.Struct):
    version: str = msgspec.field(name="resourceVersion")
    more: str = msgspec.field(name="continue", default="")


class _Status(msgspec.Struct):
    message: str = ""


class _List(msgspec.Struct):
    metadata: _Metadata
    items: list[Object] | None


class _Event(msgspec.Struct):
    type: str
    object: Object


class Client:
    """Connects at the first call, so that a process without access still starts."""

    def __init__(self, config: KubeConfig | None = None, timeout: float = TIMEOUT) -> None:
        self._config = config
        self._timeout = timeout
        self._connection: Connection | None = None
        self._clock = ServerClock()

    def clock(self) -> datetime:
        return self._clock.now()

    async def close(self) -> None:
        """Closes its connections."""
        if self._connection is not None:
            await self._connection.http.aclose()

    async def get(self, kind: str, namespace: str, name: str) -> Object | None:
        try:
            return await self._object("GET", path(kind, namespace, name))
        except ApiError as error:
            if error.code == NOT_FOUND:  # or its group, where the cluster does not have that
                return None
            raise

    async def find(
        self, kind: str, namespace: str, selector: str, fields: str = ""
    ) -> list[Object]:
        items, _ = await self._all(kind, namespace, selector, fields)
        return items

    async def create(self, manifest: Mapping[str, Any], *, dry_run: bool = False) -> Object:
        where = path(manifest["kind"], manifest["metadata"].get("namespace", ""))
        params = {"dryRun": "All"} if dry_run else {}
        return await self._object("POST", where, params=params, body=manifest)

    async def delete(self, kind: str, namespace: str, name: str, uid: str, version: str) -> None:
        foreground = kind == JOB  # so that a Job is gone only after its pod
        body = {
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            "preconditions": {"uid": uid} | ({"resourceVersion": version} if version else {}),
            "propagationPolicy": "Foreground" if foreground else "Background",
        }
        await self._call("DELETE", path(kind, namespace, name), body=body)

    async def patch(self, kind: str, namespace: str, name: str, body: Mapping[str, Any]) -> Object:
        where = path(kind, namespace, name)
        return await self._object("PATCH", where, body=body, content=MERGE_PATCH)

    async def patch_status(
        self, kind: str, namespace: str, name: str, version: str, status: Mapping[str, Any]
    ) -> Object:
        where = f"{path(kind, namespace, name)}/status"
        body = {"metadata": {"resourceVersion": version}, "status": status}
        return await self._object("PATCH", where, body=body, content=MERGE_PATCH)

    async def follow(
        self, kind: str, selector: str = "", namespace: str = ""
    ) -> AsyncIterator[Change]:
        failures = 0
        while True:
            try:
                items, version = await self._all(kind, namespace, selector)
                yield Change(objects=items, is_all=True)
                while True:
                    async for event in self._events(path(kind, namespace), selector, version):
                        change, version = _change(event), _version(event)
                        failures = 0
                        yield change
                    failures = 0
                    yield Change()  # it has ended as it was asked to
            except ApiError as error:
                yield Change(trouble=str(error))
            await asyncio.sleep(_pause(failures))
            failures += 1

    async def _all(
        self, kind: str, namespace: str, selector: str, fields: str = ""
    ) -> tuple[list[Object], str]:
        """Lists a kind page by page, with the resource version from which to watch it."""
        items: list[Object] = []
        chosen = {"labelSelector": selector, "fieldSelector": fields}
        params = {"limit": str(PIECE)} | {key: text for key, text in chosen.items() if text}
        while True:
            body = await self._call("GET", path(kind, namespace), params=params)
            piece = _read(body, _List)
            for item in piece.items or ():
                item["kind"] = kind  # which items of a list come without
                items.append(item)
            if not piece.metadata.more:
                return items, piece.metadata.version
            params["continue"] = piece.metadata.more

    async def _events(self, address: str, selector: str, version: str) -> AsyncIterator[_Event]:
        """Watches a path from a resource version until the server ends the stream."""
        params = {
            "watch": "1",
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(WATCH),
            "resourceVersion": version,
        } | ({"labelSelector": selector} if selector else {})
        timeout = httpx2.Timeout(self._timeout, read=WATCH + self._timeout)
        connection = self._connected()
        rest = b""
        try:
            async with connection.http.stream(
                "GET", address, params=params, timeout=timeout
            ) as response:
                if response.is_error:
                    await response.aread()
                    raise _refusal(response)
                self._clock.read(response.headers)
                # No text lines: those end at characters too that stand in people's annotations.
                async for piece in response.aiter_bytes():
                    *lines, rest = (rest + piece).split(b"\n")
                    for line in lines:
                        yield _read(line, _Event)
                if rest:
                    yield _read(rest, _Event)
        except FAILURES as error:
            raise self._silence(error) from None

    async def _object(
        self,
        method: str,
        where: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        content: str = JSON,
    ) -> Object:
        payload = await self._call(method, where, params=params, body=body, content=content)
        return _read(payload, Object)

    async def _call(
        self,
        method: str,
        where: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        content: str = JSON,
    ) -> bytes:
        http = self._connected().http
        sent = None if body is None else msgspec.json.encode(body)
        headers = {} if body is None else {"Content-Type": content}
        try:
            response = await http.request(
                method, where, params=params, content=sent, headers=headers
            )
        except FAILURES as error:
            raise self._silence(error) from None
        if response.is_error:
            raise _refusal(response)
        self._clock.read(response.headers)
        return response.content

    def _connected(self) -> Connection:
        if self._connection is None:
            try:
                self._connection = Connection(self._timeout, self._config)
            except Exception as error:  # a file of any content, or none; tried again later
                name = type(error).__name__
                raise ApiError(f"there is no access to the API server ({name})") from None
        return self._connection

    def _silence(self, error: Exception) -> ApiError:
        if isinstance(error, OSError):
            return ApiError(f"there is no access to the API server ({type(error).__name__})")
        if isinstance(error, httpx2.ConnectError) and self._connection is not None:
            with contextlib.suppress(OSError):
                self._connection.read_authority()
            if _is_out_of_date(error):
                own = time_text(datetime.now(UTC))
                return ApiError(
                    f"the API server's certificate is not valid at {own}, the time here: either "
                    f"{CLOCKS_DISAGREE}, or it has to be renewed"
                )
        return ApiError(f"the API server does not answer ({type(error).__name__})")


FAILURES = (httpx2.HTTPError, OSError)  # the latter where a token is not in its file

T = TypeVar("T")


def _read(text: bytes, what: type[T]) -> T:
    try:
        return msgspec.json.decode(text, type=what)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise ApiError(f"the API server does not answer ({type(error).__name__})") from None


def _is_out_of_date(error: BaseException | None) -> bool:
    """Whether a certificate was refused for the time at which it was looked at."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error.verify_code in OUT_OF_DATE
        error = error.__cause__ or error.__context__
    return False


def _refusal(response: httpx2.Response) -> ApiError:
    """The message of a failed response; a missing API group is answered in plain text."""
    code = response.status_code
    try:
        words = msgspec.json.decode(response.content, type=_Status).message
    except (msgspec.MsgspecError, UnicodeError):
        words = ""
    if words:
        return ApiError(f"the API server said: {words}", code, words)
    return ApiError(f"the API server answered with status {code}", code)


def _change(event: _Event) -> Change:
    """An event of a watch; a bookmark is one without objects. Raises ApiError for a failure."""
    if event.type == "ERROR":
        raise ApiError("a watch has fallen behind", event.object.get("code", 0))
    if event.type == "BOOKMARK":
        return Change()
    if event.type == "DELETED":
        return Change(gone=[event.object])
    return Change(objects=[event.object])


def _version(event: _Event) -> str:
    return event.object["metadata"]["resourceVersion"]


def _pause(failures: int) -> float:
    """Seconds until the next attempt: exponential back-off with jitter."""
    longest = min(FIRST_PAUSE * 2 ** min(failures, DOUBLINGS), LAST_PAUSE)
    return random.uniform(longest / 2, longest)  # noqa: S311 - no secret depends on it
