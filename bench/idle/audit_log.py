"""Counts requests by the API server's own audit log, which names the user of each one."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

RECEIVED, COMPLETE, PANIC = "RequestReceived", "ResponseComplete", "Panic"
WATCH = "watch"
READS = ("get", "list", WATCH)


class Request(NamedTuple):
    """Who asked, and for what."""

    user: str
    verb: str
    resource: str  # with its subresource, as in RBAC rules; the path where there is none
    is_named: bool  # about one object, in a namespace


@dataclass(frozen=True)
class Event:
    """One line of the log: a request at one of its stages."""

    id: str
    stage: str
    at: datetime
    request: Request
    code: int = 0  # of the response


def policy(users: Sequence[str]) -> dict[str, Any]:
    """An audit policy that logs when each request of these users comes, and how it ends."""
    return {
        "apiVersion": "audit.k8s.io/v1",
        "kind": "Policy",
        "omitStages": ["ResponseStarted"],
        "rules": [{"level": "Metadata", "users": list(users)}, {"level": "None"}],
    }


def event(line: str) -> Event:
    """The event of a line. Raises ValueError and KeyError for anything else."""
    raw = json.loads(line)
    about = raw.get("objectRef") or {}
    parts = [about.get("resource"), about.get("subresource")]
    resource = "/".join(filter(None, parts)) or raw["requestURI"].partition("?")[0]
    return Event(
        id=raw["auditID"],
        stage=raw["stage"],
        at=datetime.fromisoformat(raw["stageTimestamp"]),
        request=Request(
            user=raw["user"]["username"],
            verb=raw["verb"],
            resource=resource,
            is_named=bool(about.get("name") and about.get("namespace")),
        ),
        code=(raw.get("responseStatus") or {}).get("code", 0),
    )


def requests(events: Iterable[Event], begin: datetime, end: datetime) -> Counter[Request]:
    """The requests that came between two moments; one that lasts, such as a watch, counts once."""
    return Counter(one.request for one in events if one.stage == RECEIVED and begin <= one.at < end)


def failures(
    events: Iterable[Event], begin: datetime, end: datetime
) -> Counter[tuple[Request, int]]:
    """The requests that ended between two moments with an error, and its code."""
    return Counter(
        (one.request, one.code) for one in events if one.code >= 400 and begin <= one.at < end
    )


def open_watches(events: Iterable[Event], at: datetime) -> Counter[str]:
    """How many watches each user has open at a moment."""
    watching: dict[str, str] = {}
    for one in events:
        if one.request.verb != WATCH or one.at > at:
            continue
        if one.stage == RECEIVED:
            watching[one.id] = one.request.user
        elif one.stage in (COMPLETE, PANIC):
            watching.pop(one.id, None)
    return Counter(watching.values())


def last_work(events: Iterable[Event], owners: Sequence[str]) -> datetime | None:
    """When something was written last, or one of these owners was looked at by its name."""
    works = (
        one.at
        for one in events
        if one.request.verb not in READS
        or (one.request.is_named and one.request.resource in owners)
    )
    return max(works, default=None)


class Log:
    """A log that is still written; `read` goes on where the last one ended."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0
        self.events: list[Event] = []

    def read(self) -> list[Event]:
        """All events so far, without a line that is not whole yet."""
        if self._path.exists():
            with self._path.open("rb") as file:
                file.seek(self._offset)
                whole, end, _ = file.read().rpartition(b"\n")
            self._offset += len(whole) + len(end)
            self.events += map(event, whole.decode().splitlines())
        return self.events
