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
    PVC: parse.lasting_volume,
    REPLICATION_SOURCE: parse.sync,
    REPLICATION_DESTINATION: parse.sync,
    EXTERNAL_SECRET: parse.secret,
    STORAGE_CLASS: fields.provisioner,
    SNAPSHOT_CLASS: fields.driver,
}

NamespacedName = tuple[str, str]  # namespace ("" where there is none) and name
Objects = dict[NamespacedName, Any]


class ClusterCache:
    """The parsed objects of each kind by namespace and name."""

    def __init__(self, cluster: Follows) -> None:
        self._cluster = cluster
        self._objects: dict[str, Objects] = {}
        self._troubles = dict.fromkeys(KINDS, "it has not been read yet")

    def objects(self, kind: str) -> Objects:
        """All objects of one kind."""
        return self._objects.get(kind, {})

    def trouble(self) -> str:
        """Which kinds have never been read, and why; "" once all have. An old list counts."""
        missing = [kind for kind in KINDS if kind not in self._objects]
        return "; ".join(f"{plural(kind)}: {self._troubles[kind]}" for kind in missing)

    async def run(self) -> None:
        """Watches until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                for kind in KINDS:
                    group.create_task(self._watch(kind))
        finally:
            await self._cluster.close()

    async def _watch(self, kind: str) -> None:
        while True:
            try:
                async for change in self._cluster.follow(kind):
                    if not change.trouble:
                        self.apply(kind, change)
                    self._set_trouble(kind, change.trouble)
            except Exception:
                log.exception("the cluster could not be read", extra={"kind": kind})
                self._set_trouble(kind, "pvc-audit has an internal error; its log tells more")
            await asyncio.sleep(RETRY)

    def apply(self, kind: str, change: Change) -> None:
        """Applies one step of a watch."""
        if change.is_all:
            self._objects[kind] = {}
        objects, read = self._objects[kind], KINDS[kind]
        for raw in change.objects:
            parsed = read(raw)
            if parsed is None:
                objects.pop(_key(raw), None)
            else:
                objects[_key(raw)] = parsed
        for raw in change.gone:
            objects.pop(_key(raw), None)

    def _set_trouble(self, kind: str, trouble: str) -> None:
        if trouble and trouble != self._troubles[kind]:
            log.warning("not watching", extra={"kind": kind, "reason": trouble})
        self._troubles[kind] = trouble


def _key(raw: Raw) -> NamespacedName:
    return raw["metadata"].get("namespace", ""), raw["metadata"]["name"]
