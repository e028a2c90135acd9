"""Ledger in ConfigMaps: reads and writes it, and watches for backups that end."""

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Protocol

from contract.labels import MANAGED_BY
from contract.ledger import BEGUN_KEY, LEDGER
from contract.names import is_askable
from contract.repository import PIN_CONFIG_MAP, pinned
from contract.scope import VOLSYNC_NAMESPACE
from contract.times import SKEW
from kube.api import ApiError, Clock, Follows, Writes
from kube.config_map import write
from kube.resource import CONFIG_MAP, REPLICATION_SOURCE
from plumber.knowledge import NEVER, Full, Marks, Memory, newer, past
from plumber.ledger.backup_status import marks_from_status
from plumber.ledger.codec import LedgerError, LedgerLost, Stored, compare
from plumber.metrics import Metrics
from plumber.repository.single_flight import SingleFlight

log = logging.getLogger(__name__)

REREAD = 60.0  # seconds; what another replica alone has seen is known here after that
RETRY = 3.0
# A newer snapshot of a known identity is written at leisure: a thousand PVCs have one each hour.
LEISURE = 60.0
LAST_STEP = 5.0  # seconds; within a pod's grace
END_OF_TIME = datetime.max.replace(tzinfo=UTC) - SKEW
LABELS = {MANAGED_BY: LEDGER}
SELECTOR = ",".join(f"{key}={value}" for key, value in LABELS.items())


class Cluster(Writes, Follows, Clock, Protocol):
    """What the ledger needs of the API server."""


class ClusterMemory:
    """The memory in ConfigMaps. Replicas share them; each adds what the others lack."""

    def __init__(self, cluster: Cluster, metrics: Metrics) -> None:
        self._cluster = cluster
        self._metrics = metrics
        self._memory = Memory()
        self._flight = SingleFlight()
        self._pinned = asyncio.Event()
        self._silence = ""  # why no news comes
        self._in_step = -LEISURE  # monotonic: when nothing was left to write

    def memory(self) -> Memory:
        return self._memory

    def learn(self, repository: str, marks: Marks) -> None:
        self._set_repository(repository)
        known = self._memory.marks
        marks = {i: mark for i, mark in marks.items() if i in known or is_askable(i)}
        if any(identity not in self._memory.marks for identity in marks):
            self._flight.ask()
        self._add(marks)

    async def proven(self) -> None:
        await self._flight.wait()

    async def run(self) -> None:
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._flight.run(self._keep))
                both.create_task(self._hear())
        finally:
            await self._end()

    async def _end(self) -> None:
        """Writes what is still pending, so that a restart loses nothing."""
        self._in_step = -LEISURE
        try:
            async with asyncio.timeout(LAST_STEP):
                await self._step()
        except (ApiError, LedgerError, TimeoutError) as error:
            log.warning("ledger not in step at the end", extra={"reason": str(error)})
        finally:
            await self._cluster.close()

    def _set_repository(self, repository: str) -> None:
        # What is known of one repository says nothing of another.
        if repository != self._memory.repository:
            self._memory = Memory(repository=repository, is_told=self._memory.is_told)
        self._pinned.set()

    def _add(self, marks: Marks) -> None:
        more = newer(past(marks, self._now()), self._memory.marks)
        if more:
            self._memory = replace(self._memory, marks={**self._memory.marks, **more})

    async def _keep(self) -> float:
        began = time.monotonic()
        try:
            await self._step()
        except (ApiError, LedgerError) as error:
            self._fail(str(error), is_lost=isinstance(error, LedgerLost))
            return RETRY
        except Exception:
            log.exception("the ledger could not be kept")
            self._fail("pvc-plumber has an internal error; its log tells more", is_lost=False)
            return RETRY
        marks = self._memory.marks
        if self._memory.trouble:
            log.info("ledger read", extra={"identities": len(marks)})
        self._memory = replace(self._memory, read=began, trouble="", is_lost=False)
        self._metrics.remembers(len(marks), is_read=True)
        return REREAD

    def _fail(self, trouble: str, *, is_lost: bool) -> None:
        self._metrics.ledger_failed()
        if trouble != self._memory.trouble:
            log.warning("ledger not in step", extra={"reason": trouble})
        self._memory = replace(self._memory, trouble=trouble, is_lost=is_lost)
        self._metrics.remembers(len(self._memory.marks), is_read=self._memory.read > NEVER)

    async def _step(self) -> None:
        """Reads all of the ledger, and writes what it lacks. Raises where either fails."""
        # The pin first: a replica that begins the ledger meanwhile is then not taken for a loss.
        pin = await self._pin()
        repository = pinned(pin)
        if not repository:
            raise LedgerError("no repository is pinned yet")
        self._set_repository(repository)
        config_maps = await self._cluster.find(CONFIG_MAP, VOLSYNC_NAMESPACE, SELECTOR)
        shards = {shard["metadata"]["name"]: shard for shard in config_maps}
        is_begun = (pin.get("data") or {}).get(BEGUN_KEY) == repository
        stored = Stored(
            repository=repository, is_begun=is_begun, shards=shards, read_at=self._now()
        )
        # What was learnt before the API server's time was known.
        self._memory = replace(self._memory, marks=past(self._memory.marks, self._now()))
        was_read = self._memory.read > NEVER
        # In a thread: ten thousand lines would hold up the answers.
        compared = await asyncio.to_thread(compare, stored, self._memory.marks, was_read=was_read)
        self._require(repository)
        self._add(compared.marks)
        self._note_full(compared.full)
        now = time.monotonic()
        if compared.is_urgent or now - self._in_step >= LEISURE:
            for name, text in compared.texts.items():
                shard, data = shards.get(name), {repository: text}
                if not await write(self._cluster, VOLSYNC_NAMESPACE, name, shard, data, LABELS):
                    raise LedgerError("another replica wrote the ledger at the same time")
            compared = replace(compared, texts={})
        if not is_begun:
            begun = {"data": {BEGUN_KEY: repository}}
            await self._cluster.patch(CONFIG_MAP, VOLSYNC_NAMESPACE, PIN_CONFIG_MAP, begun)
        if not compared.texts:
            self._in_step = now
        self._require(repository)

    def _now(self) -> datetime:
        """The API server's time; before it has ever answered no time counts as ahead."""
        try:
            return self._cluster.clock()
        except ApiError:
            return END_OF_TIME

    def _note_full(self, full: Full) -> None:
        if full != self._memory.full:
            shards, namespaces = sorted(full.shards), sorted(full.namespaces)
            log.warning("ledger full", extra={"shards": shards, "namespaces": namespaces})
            self._memory = replace(self._memory, full=full)

    def _require(self, repository: str) -> None:
        if self._memory.repository != repository:
            raise LedgerError("the pinned repository has changed")

    async def _pin(self) -> Mapping[str, Any]:
        return await self._cluster.get(CONFIG_MAP, VOLSYNC_NAMESPACE, PIN_CONFIG_MAP) or {}

    async def _hear(self) -> None:
        await self._pinned.wait()
        while True:
            try:
                async for change in self._cluster.follow(REPLICATION_SOURCE):
                    for source in change.objects:
                        self._listen(source)
                    self._is_told(change.trouble)
            except Exception:
                log.exception("news of backups could not be read")
                self._memory = replace(self._memory, is_told=False)
            await asyncio.sleep(RETRY)

    def _is_told(self, trouble: str) -> None:
        if trouble and trouble != self._silence:
            log.warning("no news of backups", extra={"reason": trouble})
        self._silence = trouble
        is_told = not trouble
        if is_told != self._memory.is_told:  # answers are kept until the memory is another one
            self._memory = replace(self._memory, is_told=is_told)

    def _listen(self, source: Mapping[str, Any]) -> None:
        repository = self._memory.repository
        self.learn(repository, marks_from_status(source, repository, self._now()))
