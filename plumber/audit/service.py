"""The audit over HTTP: pages for people, the same as JSON and CSV, metrics. It changes nothing."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

import msgspec
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from contract.answer import LIVEZ, METRICS, READYZ, Field, Status
from contract.audit import AUDIT
from contract.names import Claim
from plumber.audit import metrics, page, serialize
from plumber.audit.query import Format, chosen, report_query
from plumber.audit.report import Report
from plumber.knowledge import Moment
from plumber.web.request import MalformedRequest, question

log = logging.getLogger(__name__)

YOUNG = 5.0  # seconds; two readers within them see the same report
STATIC = Path(__file__).parent / "static"
TYPES = {".css": "text/css", ".js": "text/javascript"}
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self';"
    " connect-src 'self'; img-src data:; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class NotKnown(Exception):
    """There is no report yet; the text says why."""


class Service:
    """The handlers. `make` judges every PVC, and raises NotKnown."""

    def __init__(self, make: Callable[[], Report], now: Callable[[], Moment]) -> None:
        self._make, self._now = make, now
        self._report: Report | None = None
        self._lock = asyncio.Lock()

    async def report(self) -> Report:
        """The cached report, or a new one. Made in a thread: ten thousand PVCs take a while."""
        async with self._lock:
            last = self._report
            if last is None or self._now().monotonic - last.made.monotonic > YOUNG:
                self._report = last = await asyncio.to_thread(self._make)
            return last

    async def audit(self, request: Request) -> Response:
        wanted, report = report_query(request.query_params), await self.report()
        findings = chosen(report, wanted)
        if wanted.format is Format.CSV:
            return Response(serialize.table(findings, report.made.wall), media_type="text/csv")
        return _json(serialize.body(report, findings))

    async def one(self, request: Request) -> Response:
        body = serialize.detail(await self.report(), _claim(request))
        if body is None:
            return _json({Field.REASON: "no such PVC, and no snapshot of one"}, 404)
        return _json(body)

    async def overview_page(self, request: Request) -> Response:
        wanted = report_query(request.query_params)
        return HTMLResponse(page.overview(await self.report(), wanted))

    async def one_page(self, request: Request) -> Response:
        text = page.one(await self.report(), _claim(request))
        if text is None:
            reason = "Neither the cluster nor the repository knows a PVC of that name"
            return HTMLResponse(page.failure("No such PVC", reason), 404)
        return HTMLResponse(text)

    async def livez(self, request: Request) -> Response:
        return _json({"status": "ok"})

    async def readyz(self, request: Request) -> Response:
        await self.report()
        return _json({"status": "ok"})

    async def metrics(self, request: Request) -> Response:
        try:
            report = await self.report()
        except NotKnown:
            report = None
        text = await asyncio.to_thread(metrics.text, report)
        return Response(text, media_type=CONTENT_TYPE_LATEST)


def create_app(make: Callable[[], Report], now: Callable[[], Moment]) -> Starlette:
    """The ASGI application over a function that makes a report."""
    service = Service(make, now)
    pages = {MalformedRequest: _malformed, NotKnown: _not_known, HTTPException: _http_error}
    app = Starlette(
        routes=[
            Route("/", service.overview_page),
            Route("/pvc/{rest:path}", service.one_page),
            Route(AUDIT, service.audit),
            Route(AUDIT + "/{rest:path}", service.one),
            Route("/static/{name}", _file),
            Route(LIVEZ, service.livez),
            Route(READYZ, service.readyz),
            Route(METRICS, service.metrics),
        ],
        exception_handlers={**pages, Exception: _fault},
        middleware=[Middleware(SecurityHeaders)],
    )
    app.router.redirect_slashes = False  # a redirect would echo the request
    return app


class SecurityHeaders:
    """ASGI middleware: adds the headers against foreign content and caching."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self._app(scope, receive, send_with_headers)


_FILES = {path.name: path.read_bytes() for path in STATIC.iterdir()}


async def _file(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _FILES:
        raise HTTPException(404)
    return Response(_FILES[name], media_type=TYPES[Path(name).suffix])


def _claim(request: Request) -> Claim:
    return question(request, 0.0).claim


def _json(body: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(body), status, media_type="application/json")


def _refusal(request: Request, status: int, title: str, reason: str) -> Response:
    if request.url.path.startswith(("/v1/", READYZ)):
        return _json({Field.REASON: reason}, status)
    return HTMLResponse(page.failure(title, reason[:1].upper() + reason[1:]), status)


async def _malformed(request: Request, error: Exception) -> Response:
    return _refusal(request, Status.BAD_REQUEST, "This address is not right", str(error))


async def _not_known(request: Request, error: Exception) -> Response:
    return _refusal(request, Status.UNKNOWN, "Nothing is known yet", str(error))


async def _http_error(request: Request, error: Exception) -> Response:
    code = error.status_code if isinstance(error, HTTPException) else 500
    text = "no such path" if code == 404 else "only GET is answered"
    return _refusal(request, code, "There is nothing here", text)


async def _fault(request: Request, error: Exception) -> Response:
    log.error("a request failed", exc_info=error)
    return _refusal(request, 500, "An internal error", "the log of pvc-audit tells more")
