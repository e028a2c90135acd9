"""The HTTP service: routes over a catalog."""

import asyncio
import json
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from contract.answer import (
    DEADLINE,
    DECISION,
    EXISTS,
    LIVEZ,
    METRICS,
    OPENAPI,
    READYZ,
    Decision,
    Field,
    Status,
)
from kube.api import ApiError, Clock
from plumber.answer import Answer, Cause, refusal
from plumber.decision import decide
from plumber.knowledge import NEVER, UNKNOWN_TIME, Knowledge, Moment, Question
from plumber.metrics import Metrics
from plumber.repository.catalog import Catalog
from plumber.web import openapi
from plumber.web.request import MalformedRequest, question
from plumber.web.response_cache import CachedAnswer, CacheMiddleware, ResponseCache

log = logging.getLogger(__name__)

Body = Mapping[str, Any]

RESTORE_PATIENCE = 2.0  # seconds that a restore waits for a look where no news of backups arrive
ENCODE = json.JSONEncoder(separators=(",", ":")).encode  # made once: json.dumps makes one each time
SECOND_LOOK = 1.0  # seconds; NFS shows what another node has written a little later


def moment(api: Clock) -> Moment:
    """Both clocks; the time of day is the API server's."""
    try:
        wall = api.clock()
    except ApiError:
        wall = UNKNOWN_TIME
    return Moment(monotonic=time.monotonic(), wall=wall)


class Service:
    """The handlers, over one running catalog."""

    def __init__(
        self,
        catalog: Catalog,
        metrics: Metrics,
        *,
        ready_age: float,
        now: Callable[[], Moment],
    ) -> None:
        self._catalog, self._metrics, self._ready_age, self.now = catalog, metrics, ready_age, now
        self._waiting = 0
        self.cache = ResponseCache(catalog.latest)
        metrics.watch(age=self.age, ready=lambda: not self.unready(), waiting=lambda: self._waiting)

    async def decision(self, request: Request) -> Response:
        try:
            asked = question(request, self.now().monotonic)
        except MalformedRequest as error:
            answer = refusal(Cause.REQUEST, str(error))
            self._metrics.answers(answer).inc()
            return _response(answer.body(), Status.BAD_REQUEST)
        known = self._catalog.latest()
        answer, body, is_enough = await self._answer(known, asked)
        response = _response(body, answer.status)
        if is_enough and known.listing:
            head = bytes(response.body).rpartition(b":")[0] + b":"
            count = self._metrics.answers(answer).inc
            cached = CachedAnswer(head=head, began=known.listing.began, count=count)
            self.cache.put(request.scope, known, cached)
        return response

    async def answer(self, asked: Question) -> Answer:
        """The answer to a question, counted and logged."""
        answer, *_ = await self._answer(self._catalog.latest(), asked)
        return answer

    async def _answer(self, known: Knowledge, asked: Question) -> tuple[Answer, Body, bool]:
        """The answer, its JSON, and whether it rests on this knowledge alone."""
        remembered = decide(known, asked, self.now())
        is_enough = _is_enough(known, remembered)
        answer = remembered if is_enough else await self._wait(asked, remembered)
        self._metrics.answers(answer).inc()
        body = answer.body()
        waited = round(self.now().monotonic - asked.arrived, 3)
        facts = {"cause": answer.cause.value, "waited": waited, "answer": body}
        log.info("answered", extra=facts)
        return answer, body, is_enough

    async def livez(self, request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def readyz(self, request: Request) -> Response:
        unready = self.unready()
        if unready:
            return JSONResponse({"status": "not ready", Field.REASON: unready}, 503)
        return JSONResponse({"status": "ok", Field.AGE: round(self.age(), 3)})

    async def openapi(self, request: Request) -> Response:
        return JSONResponse(openapi.DOCUMENT)

    async def metrics(self, request: Request) -> Response:
        return Response(self._metrics.text(), media_type=CONTENT_TYPE_LATEST)

    def age(self) -> float:
        """Seconds since the last whole listing began; -1 where there is none."""
        listing = self._catalog.latest().listing
        return max(0.0, self.now().monotonic - listing.began) if listing else -1.0

    def unready(self) -> str:
        """Why no useful answer can be given; "" where one can. Asks memory only."""
        known = self._catalog.latest()
        if known.listing is None or known.listing.repository != known.pinned:
            return known.trouble or "the repository has not been listed yet"
        if self.age() > self._ready_age:
            return known.trouble or "the last list of the repository is too old"
        return known.memory.trouble if known.memory.read == NEVER else ""

    async def _wait(self, asked: Question, remembered: Answer) -> Answer:
        """The answer after a fresh look at the repository; from memory if that takes too long."""
        is_restore = remembered.decision is Decision.RESTORE
        self._waiting += 1
        try:
            async with asyncio.timeout(RESTORE_PATIENCE if is_restore else DEADLINE):
                return await self._prove(asked)
        except TimeoutError:
            return decide(self._catalog.latest(), asked, self.now())
        finally:
            self._waiting -= 1

    async def _prove(self, asked: Question) -> Answer:
        while True:
            answer = decide(await self._catalog.proven(), asked, self.now())
            if answer.cause is not Cause.BEHIND:
                return answer
            await asyncio.sleep(SECOND_LOOK)


def _is_enough(known: Knowledge, remembered: Answer) -> bool:
    """Whether memory alone may answer: only while every backup that ends is reported to us."""
    is_told = known.memory.is_told and known.memory.repository == known.pinned
    return is_told and remembered.decision is Decision.RESTORE


def create_app(service: Service) -> Starlette:
    """The ASGI application of a service."""
    app = Starlette(
        routes=[
            Route(EXISTS + "/{rest:path}", service.decision),
            Route(DECISION + "/{rest:path}", service.decision),
            Route(LIVEZ, service.livez),
            Route(READYZ, service.readyz),
            Route(METRICS, service.metrics),
            Route(OPENAPI, service.openapi),
        ],
        exception_handlers={HTTPException: _http_error, Exception: _fault},
        middleware=[Middleware(CacheMiddleware, cache=service.cache, now=service.now)],
    )
    app.router.redirect_slashes = False  # a redirect would echo the request
    return app


async def _http_error(request: Request, error: Exception) -> Response:
    code = error.status_code if isinstance(error, HTTPException) else 500
    headers = error.headers if isinstance(error, HTTPException) else None
    text = "no such path" if code == 404 else "only GET is answered"
    return _response(refusal(Cause.REQUEST, text).body(), code, headers)


async def _fault(request: Request, error: Exception) -> Response:
    log.error("a request failed", exc_info=error)
    return _response(refusal(Cause.FAULT, "pvc-plumber has an internal error").body(), 500)


def _response(body: Body, status: int, headers: Mapping[str, str] | None = None) -> Response:
    return Response(ENCODE(body), status, headers, "application/json")
