"""Stand-in for the API server's objects that pvc-plumber reads and writes, with faults."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime
from random import Random
from typing import Any

from bench.faults.model import HALF, Backup, Fault
from contract.ledger import SHARD_NAMES
from contract.names import Claim, identity, source_name
from contract.repository import PIN_CONFIG_MAP, PIN_KEY
from contract.times import exact_text
from contract.volsync import PROVIDER, SpecKey, StatusKey
from kube.api import CONFLICT, NOT_FOUND, ApiError, Change

PAUSE = 3.0  # seconds until a watch is begun anew

Object = dict[str, Any]


class ModelCluster:
    """ConfigMaps and ReplicationSources; stands in for kube.client.Client."""

    def __init__(
        self,
        random: Random,
        faults: Mapping[Fault, int],
        unique_id: str,
        clock: Callable[[], datetime],
    ) -> None:
        self._random, self._faults, self._unique_id = random, faults, unique_id
        self._clock = clock
        self._version = 0
        self._maps: dict[str, Object] = {}
        self._sources: dict[str, Object] = {}
        self._watchers: list[asyncio.Queue[Object | None]] = []
        self.pin()

    def pin(self) -> None:
        """As the bootstrap or the stack writes it."""
        data = {PIN_KEY: self._unique_id}
        self._store(self._maps, {"metadata": {"name": PIN_CONFIG_MAP}, "data": data})

    def rebuild(self) -> None:
        """A new cluster over the same storage: only what the stack pins is there again."""
        self._maps, self._sources = {}, {}
        self.pin()

    def remembers(self) -> int:
        """How many identities the ledger holds."""
        shards = [self._maps[name] for name in SHARD_NAMES if name in self._maps]
        texts = [text for shard in shards for text in shard["data"].values()]
        return sum(len(text.splitlines()) for text in texts)

    def lose(self) -> None:
        """Applies the faults that hit the ledger; nothing repairs it."""
        random, faults = self._random, self._faults
        for name in SHARD_NAMES:
            if Fault.LEDGER_LOST in faults and random.random() < HALF:
                self._maps.pop(name, None)
            if Fault.LEDGER_CUT in faults and name in self._maps and random.random() < HALF:
                data = self._maps[name]["data"]
                for key, text in data.items():
                    data[key] = text[: random.randrange(len(text) + 1)]

    def backed_up(self, claim: Claim, backup: Backup) -> None:
        """Stores the status that the mover writes when a backup has ended."""
        snapshot = backup.snapshot
        source = {
            "metadata": {"namespace": claim.namespace, "name": source_name(claim)},
            "spec": {
                "external": {
                    "provider": PROVIDER,
                    "parameters": {SpecKey.USER: identity(claim).user},
                }
            },
            "status": {
                "external": {
                    StatusKey.REPOSITORY: self._unique_id,
                    StatusKey.SNAPSHOT: snapshot.id,
                    StatusKey.SNAPSHOT_TIME: exact_text(snapshot.start),
                }
            },
        }
        stored = self._store(self._sources, source)
        for watcher in self._watchers:
            watcher.put_nowait(stored)

    def deleted(self, claim: Claim) -> None:
        """Deletes a PVC's source, as Kubernetes does with the PVC."""
        self._sources.pop(source_name(claim), None)

    def interrupt(self) -> None:
        """Ends all watches, as where the API server goes away."""
        for watcher in self._watchers:
            watcher.put_nowait(None)

    def clock(self) -> datetime:
        """The time of day in the model."""
        return self._clock()

    async def get(self, kind: str, namespace: str, name: str) -> Object | None:
        """One ConfigMap."""
        await self._answer()
        config_map = self._maps.get(name)
        return None if config_map is None else _copy(config_map)

    async def find(
        self, kind: str, namespace: str, selector: str, fields: str = ""
    ) -> list[Object]:
        """All ConfigMaps of the ledger."""
        await self._answer()
        return [_copy(config_map) for name, config_map in self._maps.items() if name in SHARD_NAMES]

    async def create(self, manifest: Mapping[str, Any], *, dry_run: bool = False) -> Object:
        """A ConfigMap; a conflict where it is there already."""
        await self._answer()
        if manifest["metadata"]["name"] in self._maps:
            raise ApiError("already there", CONFLICT)
        return self._store(self._maps, _copy(manifest))

    async def patch(self, kind: str, namespace: str, name: str, body: Mapping[str, Any]) -> Object:
        """Data into a ConfigMap; a conflict where it has changed."""
        await self._answer()
        config_map = self._maps.get(name)
        if config_map is None:
            raise ApiError("not found", NOT_FOUND)
        expected = body.get("metadata", {}).get("resourceVersion")
        if expected not in (None, config_map["metadata"]["resourceVersion"]):
            raise ApiError("changed meanwhile", CONFLICT)
        return self._store(self._maps, {**config_map, "data": config_map["data"] | body["data"]})

    async def follow(
        self, kind: str, selector: str = "", namespace: str = ""
    ) -> AsyncIterator[Change]:
        """All sources, then each that changes; all again after the API server was away."""
        while True:
            mine: asyncio.Queue[Object | None] = asyncio.Queue()
            self._watchers.append(mine)
            try:
                await self._answer()
                yield Change(objects=list(self._sources.values()), is_all=True)
                while (changed := await mine.get()) is not None:
                    yield Change(objects=[changed])
                yield Change(trouble="the connection was lost")
            except ApiError as error:
                yield Change(trouble=str(error))
            finally:
                self._watchers.remove(mine)
            await asyncio.sleep(PAUSE)

    async def close(self) -> None:
        """Does nothing: no connection is open."""

    async def _answer(self) -> None:
        await asyncio.sleep(self._random.uniform(0.001, 0.1))
        if Fault.API_AWAY in self._faults:
            raise ApiError("the API server does not answer")

    def _store(self, kind: dict[str, Object], manifest: Object) -> Object:
        self._version += 1
        metadata = manifest["metadata"] | {"resourceVersion": str(self._version)}
        kind[metadata["name"]] = manifest | {"metadata": metadata}
        return kind[metadata["name"]]


def _copy(manifest: Mapping[str, Any]) -> Object:
    return {**manifest, "data": dict(manifest["data"])}
