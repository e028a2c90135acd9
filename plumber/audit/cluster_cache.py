"""Keeps what the cluster holds, as facts, by watching."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any

from contract.volsync import API_VERSION
from plumber.audit import parse
from plumber.cluster import Change, Cluster, ClusterError

log = logging.getLogger(__name__)

RETRY = 3.0  # seconds
CLAIMS = "api/v1/persistentvolumeclaims"
SOURCES = f"apis/{API_VERSION}/replicationsources"
DESTINATIONS = f"apis/{API_VERSION}/replicationdestinations"
SECRETS = "apis/external-secrets.io/v1/externalsecrets"
CLASSES = "apis/storage.k8s.io/v1/storageclasses"
SNAPSHOT_CLASSES = "apis/snapshot.storage.k8s.io/v1/volumesnapshotclasses"
KINDS: Mapping[str, Callable[[parse.Raw], Any]] = {
    CLAIMS: parse.volume,
    SOURCES: parse.sync,
    DESTINATIONS: parse.sync,
    SECRETS: parse.secret,
    CLASSES: parse.provisioner,
    SNAPSHOT_CLASSES: parse.driver,
}

Place = tuple[str, str]  # namespace ("" where there is none) and name
Shelf = dict[Place, Any]


class Board:
    """The facts of each kind by place."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._shelves: dict[str, Shelf] = {}
        self._troubles = dict.fromkeys(KINDS, "it has not been read yet")

    def shelf(self, path: str) -> Shelf:
        """What there is of one kind."""
        return self._shelves.get(path, {})

    def trouble(self) -> str:
        """Which kinds are not known, and why; "" where all are. An old one still counts."""
        missing = [path for path in KINDS if path not in self._shelves]
        return "; ".join(f"{path.rpartition('/')[2]}: {self._troubles[path]}" for path in missing)

    async def run(self) -> None:
        """Watches until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                for path in KINDS:
                    group.create_task(self._keep(path))
        finally:
            await self._cluster.close()

    async def _keep(self, path: str) -> None:
        while True:
            try:
                async for change in self._cluster.follow(path):
                    self.take(path, change)
                    self._say(path, "")
            except ClusterError as error:
                self._say(path, str(error))
            except Exception:
                log.exception("the cluster could not be read", extra={"path": path})
                self._say(path, "pvc-audit has an internal error; its log tells more")
            await asyncio.sleep(RETRY)

    def take(self, path: str, change: Change) -> None:
        """Puts a change on the shelf."""
        if change.is_all:
            self._shelves[path] = {}
        shelf, read = self._shelves[path], KINDS[path]
        for raw in change.objects:
            fact = read(raw)
            if fact is None:
                shelf.pop(_place(raw), None)
            else:
                shelf[_place(raw)] = fact
        for raw in change.gone:
            shelf.pop(_place(raw), None)

    def _say(self, path: str, trouble: str) -> None:
        if trouble and trouble != self._troubles[path]:
            log.warning("not watching", extra={"path": path, "reason": trouble})
        self._troubles[path] = trouble


def _place(raw: parse.Raw) -> Place:
    return raw["metadata"].get("namespace", ""), raw["metadata"]["name"]
