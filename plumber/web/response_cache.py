"""Response cache of the decision endpoints, emptied whenever the knowledge changes."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

from contract.answer import Status
from plumber.knowledge import Knowledge, Moment
from plumber.web.request import has_body


@dataclass(frozen=True, kw_only=True, slots=True)
class CachedAnswer:
    """The JSON of an answer up to its last value, the age, which is added on each request."""

    head: bytes
    began: float  # monotonic: from when the age counts
    count: Callable[[], None]


class ResponseCache:
    """Answers by path, all of them derived from one and the same knowledge.

    Only questions without parameters are kept, so that PVCs with backups bound its size.
    """

    def __init__(self, latest: Callable[[], Knowledge]) -> None:
        self._latest = latest
        self._knowledge = latest()
        self._answers: dict[bytes, CachedAnswer] = {}

    def put(self, scope: Scope, knowledge: Knowledge, answer: CachedAnswer) -> None:
        """Stores an answer that was derived from this knowledge alone."""
        self._invalidate(self._latest())
        if knowledge is self._knowledge and not scope["query_string"]:
            self._answers[scope["raw_path"]] = answer

    def get(self, scope: Scope) -> CachedAnswer | None:
        """The cached answer to a request; None without one, or where the knowledge has changed."""
        if scope["type"] != "http" or scope["method"] != "GET" or scope["query_string"]:
            return None
        self._invalidate(self._latest())
        answer = self._answers.get(scope["raw_path"])
        return None if has_body(scope) else answer

    def _invalidate(self, latest: Knowledge) -> None:
        if latest is not self._knowledge:
            self._knowledge = latest
            self._answers.clear()


class CacheMiddleware:
    """ASGI middleware: answers from the cache, and passes every other request on."""

    def __init__(self, app: ASGIApp, cache: ResponseCache, now: Callable[[], Moment]) -> None:
        self._app, self._cache, self._now = app, cache, now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self._cache.get(scope)
        if answer is None:
            await self._app(scope, receive, send)
            return
        answer.count()
        age = max(0.0, self._now().monotonic - answer.began)
        body = b"%b%.3f}" % (answer.head, age)
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
        ]
        await send({"type": "http.response.start", "status": Status.KNOWN, "headers": headers})
        await send({"type": "http.response.body", "body": body})
