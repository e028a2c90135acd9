"""From a URL to a question. Reads strictly and echoes nothing."""

from datetime import datetime

from starlette.requests import Request

from contract.answer import AS_OF
from contract.names import Claim
from kopia.snapshots import parse_time
from plumber.knowledge import Question


class MalformedRequest(Exception):
    """The text says what is wrong, without the words of the request."""


def question(request: Request, arrived: float) -> Question:
    """The question of `/<route>/{namespace}/{pvc}`. Raises MalformedRequest."""
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
    return Question(claim=claim, arrived=arrived, as_of=_as_of(request))


def _as_of(request: Request) -> datetime | None:
    given = request.query_params.getlist(AS_OF)
    if not given:
        return None
    if len(given) > 1:
        raise MalformedRequest(f"{AS_OF} is given more than once")
    try:
        return parse_time(given[0])
    except ValueError:
        text = f"{AS_OF} must be an RFC 3339 time in UTC, like 2026-05-01T12:00:00Z"
        raise MalformedRequest(text) from None
