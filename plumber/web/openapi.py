"""The description of the HTTP interface as OpenAPI 3.1, served by the service itself.

`python -m plumber.web.openapi` prints it; docs/openapi.json is that text.
"""

import json
from typing import Any

from contract.answer import (
    AS_OF,
    DECISION,
    EXISTS,
    LIVEZ,
    METRICS,
    OPENAPI,
    READYZ,
    SERVICE,
    START_EMPTY,
    Decision,
    Field,
    Status,
)
from contract.names import LABEL_LIMIT, NAME_LIMIT
from plumber.answer import Cause

LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
ID = "[0-9a-f]{32}"
REPOSITORY = "[0-9a-f]{64}"
# RFC 3339 also has a leap second and a year 0, which no clock of ours can tell.
TIME = (
    r"(?!0000)[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,9})?Z"
)

Schema = dict[str, Any]


def _text(description: str, **more: Any) -> Schema:
    return {"type": "string", "description": description, **more}


def _or_none(pattern: str) -> str:
    return f"^({pattern})?$"


_FIELDS: dict[str, Schema] = {
    Field.DECISION: _text("whether the PVC must be filled", enum=[d.value for d in Decision]),
    Field.AUTHORITATIVE: {"type": "boolean", "description": "false exactly where unknown"},
    Field.REASON: _text("for people", minLength=1),
    Field.EXISTS: {"type": "boolean", "description": "true exactly where restore"},
    Field.NAMESPACE: _text("of the question; empty where it was malformed"),
    Field.PVC: _text("of the question; empty where it was malformed"),
    Field.SNAPSHOT: _text("the snapshot to restore, or empty", pattern=_or_none(ID)),
    Field.TIME: _text("when that snapshot was begun, or empty", pattern=_or_none(TIME)),
    Field.SIZE: {"type": "integer", "minimum": 0, "description": "its bytes"},
    Field.FILES: {"type": "integer", "minimum": 0, "description": "its files"},
    Field.REPOSITORY: _text("its unique id, or empty", pattern=_or_none(REPOSITORY)),
    Field.AGE: {
        "type": "number",
        "minimum": -1,
        "description": "seconds since the knowledge was last proven; -1 where there is none",
    },
    Field.START_EMPTY: _text(
        "what the annotation start-empty must name to leave a backup behind, or empty",
        pattern=_or_none(ID),
    ),
}


def _only(**values: Any) -> Schema:
    fixed = {name: {"const": value} for name, value in values.items()}
    return {"allOf": [{"$ref": "#/components/schemas/Answer"}, {"properties": fixed}]}


_UNKNOWN = _only(decision=Decision.UNKNOWN.value, authoritative=False, exists=False)
_KNOWN = _only(authoritative=True)


def _answer(description: str, schema: Schema) -> Schema:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _refusals() -> Schema:
    """The error responses that every path shares."""
    return {
        "400": _answer("the request is malformed; nothing of it is repeated", _UNKNOWN),
        "404": _answer("no such path", _UNKNOWN),
        "405": _answer("only GET is answered", _UNKNOWN),
        "500": _answer("a fault of pvc-plumber", _UNKNOWN),
    }


def _parameter(name: str, place: str, schema: Schema, description: str = "") -> Schema:
    return {
        "name": name,
        "in": place,
        "required": place == "path",
        "schema": {"type": "string", **schema},
        "description": description,
    }


_PARAMETERS = [
    _parameter("namespace", "path", {"pattern": f"^{LABEL}$", "maxLength": LABEL_LIMIT}),
    _parameter("pvc", "path", {"pattern": f"^{LABEL}([.]{LABEL})*$", "maxLength": NAME_LIMIT}),
    _parameter(
        AS_OF,
        "query",
        {"pattern": f"^{TIME}$", "format": "date-time"},
        "the newest snapshot not after it",
    ),
    _parameter(
        START_EMPTY, "query", {"pattern": f"^{ID}$"}, "the snapshot that may be left behind"
    ),
]


def _question(summary: str) -> Schema:
    responses = {
        str(Status.KNOWN): _answer("restore or fresh", _KNOWN),
        str(Status.UNKNOWN): _answer("unknown, with the reason", _UNKNOWN),
    }
    return {
        "parameters": _PARAMETERS,
        "get": {"summary": summary, "responses": responses | _refusals()},
    }


def _plain(summary: str, responses: Schema) -> Schema:
    return {"get": {"summary": summary, "responses": responses | _refusals()}}


_HEALTH = {"$ref": "#/components/schemas/Health"}
_READY = {"200": _answer("ready", _HEALTH), "503": _answer("not ready, and why", _HEALTH)}
_METRICS = {"200": {"description": "Prometheus", "content": {"text/plain": {}}}}
_ITSELF = {"200": _answer("this document", {"type": "object"})}
_QUERY = "/{namespace}/{pvc}"

DOCUMENT: Schema = {
    "openapi": "3.1.0",
    "info": {
        "title": SERVICE,
        "version": "1",
        "description": "Whether a PVC must be filled from its backup. Only status 200 with "
        "`authoritative` and a `decision` that the reader knows is an answer; all else is unknown. "
        f"`reason` in the metrics is one of: {', '.join(cause.value for cause in Cause)}.",
    },
    "paths": {
        DECISION + _QUERY: _question("The decision for a PVC"),
        EXISTS + _QUERY: _question("The same, under the origin's path"),
        READYZ: _plain("Whether useful answers can be given", _READY),
        LIVEZ: _plain("Whether the process runs", {"200": _answer("it does", _HEALTH)}),
        METRICS: _plain("What Prometheus reads", _METRICS),
        OPENAPI: _plain("The description of this interface", _ITSELF),
    },
    "components": {
        "schemas": {
            "Answer": {
                "type": "object",
                "properties": _FIELDS,
                "required": list(_FIELDS),
                "additionalProperties": False,
            },
            "Health": {
                "type": "object",
                "properties": {
                    "status": {"enum": ["ok", "not ready"]},
                    Field.REASON: {"type": "string"},
                    Field.AGE: {"type": "number"},
                },
                "required": ["status"],
                "additionalProperties": False,
            },
        }
    },
}


def text() -> str:
    """The document as its file holds it."""
    return json.dumps(DOCUMENT, indent=2) + "\n"


if __name__ == "__main__":
    print(text(), end="")
