"""Parses a URL into a question, strictly. An error never echoes the request."""

from datetime import datetime

from starlette.requests import Request
from starlette.types import Scope

from contract.answer import AS_OF, START_EMPTY
from contract.names import Claim
from contract.times import parse_strict
from kopia.snapshots import ID
from plumber.knowledge import Question

BODY = (b"content-length", b"transfer-encoding")


class MalformedRequest(Exception):
    """A malformed request; the text says what is wrong without quoting it."""


def question(request: Request, arrived: float) -> Question:
    """The question of `/<route>/{namespace}/{pvc}`. Raises MalformedRequest."""
    if has_body(request.scope):
        raise MalformedRequest("a question has no body")
    # No valid name needs an encoded character, and an encoded slash would move the boundary.
    if b"%" in request.scope.get("raw_path", b""):
        raise MalformedRequest("the path must not hold encoded characters")
    parts = request.path_params["rest"].split("/")
    if len(parts) != 2:
        raise MalformedRequest("the path must end in a namespace and a PVC name")
    try:
        claim = Claim(*parts)
    except ValueError as error:
        raise MalformedRequest(str(error)) from None
    if not request.scope["query_string"]:
        return Question(claim=claim, arrived=arrived)
    return Question(
        claim=claim, arrived=arrived, as_of=_as_of(request), start_empty=_start_empty(request)
    )


def has_body(scope: Scope) -> bool:
    """Whether a request announces a body."""
    return any(name in BODY and value != b"0" for name, value in scope["headers"])


def _as_of(request: Request) -> datetime | None:
    given = _once(request, AS_OF)
    if given is None:
        return None
    try:
        return parse_strict(given)
    except ValueError:
        text = f"{AS_OF} must be an RFC 3339 time in UTC, like 2026-05-01T12:00:00Z"
        raise MalformedRequest(text) from None


def _start_empty(request: Request) -> str:
    given = _once(request, START_EMPTY)
    if given is not None and ID.fullmatch(given) is None:
        raise MalformedRequest(f"{START_EMPTY} must be a snapshot's id of 32 hex digits")
    return given or ""


def _once(request: Request, name: str) -> str | None:
    given = request.query_params.getlist(name)
    if len(given) > 1:
        raise MalformedRequest(f"{name} is given more than once")
    return given[0] if given else None
