"""Informer cache: the parsed objects of every kind that the audit judges by."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any

from kube import fields
from kube.api import Change, Follows
from kube.fields import Raw
from kube.resource import (
    EXTERNAL_SECRET,
    PVC,
    REPLICATION_DESTINATION,
    REPLICATION_SOURCE,
    SNAPSHOT_CLASS,
    STORAGE_CLASS,
    plural,
)
from plumber.audit import parse

log = logging.getLogger(__name__)

RETRY = 3.0  # seconds
KINDS: Mapping[str, Callable[[Raw], Any]] = {
    PVC: parse.volume,
    REPLICATION_SOURCE: parse.sync,
    REPLICATION_DESTINATION: parse.sync,
    EXTERNAL_SECRET: parse.secret,
    STORAGE_CLASS: fields.provisioner,
    SNAPSHOT_CLASS: fields.driver,
}

Place = tuple[str, str]  # namespace ("" where there is none) and name
Shelf = dict[Place, Any]


class Board:
    """The facts of each kind by place."""

    def __init__(self, cluster: Follows) -> None:
        self._cluster = cluster
        self._shelves: dict[str, Shelf] = {}
        self._troubles = dict.fromkeys(KINDS, "it has not been read yet")

    def shelf(self, kind: str) -> Shelf:
        """What there is of one kind."""
        return self._shelves.get(kind, {})

    def trouble(self) -> str:
        """Which kinds are not known, and why; "" where all are. An old one still counts."""
        missing = [kind for kind in KINDS if kind not in self._shelves]
        return "; ".join(f"{plural(kind)}: {self._troubles[kind]}" for kind in missing)

    async def run(self) -> None:
        """Watches until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                for kind in KINDS:
                    group.create_task(self._keep(kind))
        finally:
            await self._cluster.close()

    async def _keep(self, kind: str) -> None:
        while True:
            try:
                async for change in self._cluster.follow(kind):
                    if not change.trouble:
                        self.take(kind, change)
                    self._say(kind, change.trouble)
            except Exception:
                log.exception("the cluster could not be read", extra={"kind": kind})
                self._say(kind, "pvc-audit has an internal error; its log tells more")
            await asyncio.sleep(RETRY)

    def take(self, kind: str, change: Change) -> None:
        """Puts a change on the shelf."""
        if change.is_all:
            self._shelves[kind] = {}
        shelf, read = self._shelves[kind], KINDS[kind]
        for raw in change.objects:
            fact = read(raw)
            if fact is None:
                shelf.pop(_place(raw), None)
            else:
                shelf[_place(raw)] = fact
        for raw in change.gone:
            shelf.pop(_place(raw), None)

    def _say(self, kind: str, trouble: str) -> None:
        if trouble and trouble != self._troubles[kind]:
            log.warning("not watching", extra={"kind": kind, "reason": trouble})
        self._troubles[kind] = trouble


def _place(raw: Raw) -> Place:
    return raw["metadata"].get("namespace", ""), raw["metadata"]["name"]
