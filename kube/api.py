"""Protocols of the API client, so that a test can pass a stand-in."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from kube.resource import Object

NOT_FOUND = 404
CONFLICT = 409
TEXT_LIMIT = 500  # characters of the server's words


class ApiError(Exception):
    """The API server did not answer, or refused. `code` is the HTTP status; 0 where there was none.

    `words` is what it said itself, for where people read it.
    """

    def __init__(self, reason: str, code: int = 0, words: str = "") -> None:
        super().__init__(reason)
        self.code = code
        self.words = (words or reason)[:TEXT_LIMIT]


class Change(NamedTuple):
    """One step of a watch: objects added, changed and deleted, or a complete list.

    `trouble` says that nothing is heard until all is told anew, and why.
    """

    objects: Sequence[Object] = ()
    gone: Sequence[Object] = ()
    is_all: bool = False
    trouble: str = ""


class Clock(Protocol):
    """Knows what time it is, whatever this machine's clock says."""

    def clock(self) -> datetime:
        """The API server's time. Raises ApiError as long as it has never answered."""


class Reads(Protocol):
    """Reads objects."""

    async def get(self, kind: str, namespace: str, name: str) -> Object | None:
        """An object, or None where it does not exist. The namespace is "" for those without."""

    async def find(
        self, kind: str, namespace: str, selector: str, fields: str = ""
    ) -> list[Object]:
        """All objects that a label selector and a field selector fit; "" fits all.

        In every namespace where `namespace` is "".
        """


class Writes(Reads, Protocol):
    """Creates and patches objects; raises ApiError."""

    async def create(self, manifest: Mapping[str, Any], *, dry_run: bool = False) -> Object:
        """Creates an object, or returns what it would become in a dry run."""

    async def patch(self, kind: str, namespace: str, name: str, body: Mapping[str, Any]) -> Object:
        """Merges into an object; a conflict where `metadata.resourceVersion` is another."""


class Api(Writes, Clock, Protocol):
    """Everything that a controller does to objects."""

    async def delete(self, kind: str, namespace: str, name: str, uid: str, version: str) -> None:
        """Deletes exactly the object with this uid (and version, where given)."""

    async def patch_status(
        self, kind: str, namespace: str, name: str, version: str, status: Mapping[str, Any]
    ) -> Object:
        """Merges into `status` of exactly this version of an object."""


class Follows(Protocol):
    """Watches objects."""

    def follow(self, kind: str, selector: str = "", namespace: str = "") -> AsyncIterator[Change]:
        """Yields all objects of a kind, then each change; after a failure all of them again.

        In every namespace where `namespace` is "".
        It never ends, and says something at least each WATCH seconds while it is well.
        """

    async def close(self) -> None:
        """Closes its connections."""
