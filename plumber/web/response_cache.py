"""Gives an answer again, in some microseconds, while nothing that it rests on has changed."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

from contract.answer import Status
from plumber.knowledge import Knowledge, Moment
from plumber.web.request import has_body


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """An answer's JSON up to the age, which is its last value and grows."""

    head: bytes
    began: float  # monotonic: from when the age counts
    count: Callable[[], None]


class Repeats:
    """What was said, by path, and the one knowledge that all of it rests on.

    Only questions without parameters are kept, so that PVCs with backups bound its size.
    """

    def __init__(self, latest: Callable[[], Knowledge]) -> None:
        self._latest = latest
        self._basis = latest()
        self._said: dict[bytes, Said] = {}

    def keep(self, scope: Scope, basis: Knowledge, said: Said) -> None:
        """Remembers an answer that rests on this knowledge, and on nothing else."""
        self._turn_to(self._latest())
        if basis is self._basis and not scope["query_string"]:
            self._said[scope["raw_path"]] = said

    def find(self, scope: Scope) -> Said | None:
        """The same question's answer, where its knowledge is still the latest."""
        if scope["type"] != "http" or scope["method"] != "GET" or scope["query_string"]:
            return None
        self._turn_to(self._latest())
        said = self._said.get(scope["raw_path"])
        return None if has_body(scope) else said

    def _turn_to(self, latest: Knowledge) -> None:
        if latest is not self._basis:
            self._basis = latest
            self._said.clear()


class Repeating:
    """ASGI middleware: repeats what was said, and hands on everything else."""

    def __init__(self, app: ASGIApp, repeats: Repeats, now: Callable[[], Moment]) -> None:
        self._app, self._repeats, self._now = app, repeats, now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        said = self._repeats.find(scope)
        if said is None:
            await self._app(scope, receive, send)
            return
        said.count()
        age = max(0.0, self._now().monotonic - said.began)
        body = b"%b%.3f}" % (said.head, age)
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
        ]
        await send({"type": "http.response.start", "status": Status.KNOWN, "headers": headers})
        await send({"type": "http.response.body", "body": body})
