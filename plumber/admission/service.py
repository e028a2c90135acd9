"""The HTTPS service that the API server asks about PVCs with a tier label."""

import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from contract.admission import PATH
from plumber.admission import judge
from plumber.admission.review import AdmissionRequest, MalformedReview, read, response
from plumber.answer import Answer, Cause, refusal
from plumber.knowledge import Question
from plumber.metrics import Metrics

log = logging.getLogger(__name__)

BODY_LIMIT = 8 * 2**20  # bytes; the API server stores objects of up to 1.5 MiB, and sends two


class BodyTooLarge(Exception):
    """A body that no AdmissionReview of an object in the API server can have."""


class Webhook:
    """Judges reviews by the answers of pvc-plumber."""

    def __init__(self, answer: Callable[[Question], Awaitable[Answer]], metrics: Metrics) -> None:
        self._answer, self._metrics = answer, metrics

    async def review(self, request: HttpRequest) -> Response:
        """Answers an AdmissionReview. Any failure is one of the call, which denies as well."""
        arrived = time.monotonic()
        try:
            asked = read(await _body(request))
        except (MalformedReview, BodyTooLarge) as error:
            return JSONResponse({"error": str(error)}, 400)
        return JSONResponse(await self._judge(asked, arrived))

    async def _judge(self, asked: AdmissionRequest, arrived: float) -> dict[str, Any]:
        try:
            answer = await self._answer(judge.question(asked, arrived))
            denial = judge.denial(asked, answer)
        except judge.UnusableAnnotation as error:
            denial = str(error)
            answer = refusal(Cause.REQUEST, denial)
        self._metrics.judged(answer, is_admitted=not denial)
        if denial:
            about = {"pvc": str(asked.claim), "operation": asked.operation, "reason": denial}
            log.info("denied", extra=about)
        return response(asked.uid, denial)


async def _body(request: HttpRequest) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > BODY_LIMIT:
            raise BodyTooLarge(f"the body is larger than {BODY_LIMIT} bytes")
    return bytes(body)


def create_app(answer: Callable[[Question], Awaitable[Answer]], metrics: Metrics) -> Starlette:
    """The ASGI application over the answers of a running service."""
    webhook = Webhook(answer, metrics)
    app = Starlette(routes=[Route(PATH, webhook.review, methods=["POST"])])
    app.router.redirect_slashes = False
    return app
