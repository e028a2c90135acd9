"""Runs one pod of pvc-plumber in this process, over given storage and a given API."""

import shutil
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

from starlette.applications import Starlette

from bench.faults.model_cluster import ModelCluster
from contract.environment import PlumberSettings
from kopia.command import Kopia
from plumber.ledger.store import ClusterMemory
from plumber.metrics import Metrics
from plumber.repository.catalog import LiveCatalog, kept
from plumber.repository.reader import RepositoryReader
from plumber.web.app import Service, create_app, moment


class Replica:
    """Starts, stops and restarts; `app` is the service that runs now."""

    app: Starlette

    def __init__(
        self,
        *,
        path: Path,
        pin_file: Path,
        password_file: Path,
        state: Path,
        cluster: ModelCluster,
        binary: str = "kopia",
        deadline: float | None = None,
    ) -> None:
        self._path, self._pin_file, self._state = path, pin_file, state
        self._cluster = cluster
        self._settings = PlumberSettings(state=state)
        self._kopia = Kopia(
            binary=binary,
            config=state / "repository.config",
            cache=state / "cache",
            logs=state / "logs",
            password_file=password_file,
            deadline=deadline or self._settings.listing_deadline,
        )
        self._running = AsyncExitStack()

    async def start(self) -> None:
        """As `plumber.__main__` does, without the web server."""
        metrics = Metrics()
        self._catalog = LiveCatalog(
            RepositoryReader(path=self._path, pin_file=self._pin_file, kopia=self._kopia),
            ClusterMemory(self._cluster, metrics),
            metrics,
            refresh=self._settings.refresh,
            listing_deadline=self._kopia.deadline,
        )
        ready_age = self._settings.ready_age
        now = partial(moment, self._cluster)
        self.app = create_app(Service(self._catalog, metrics, ready_age=ready_age, now=now))
        await self._running.enter_async_context(kept(self._catalog))

    def traces(self) -> set[str]:
        """The ids of all snapshots that it has listed or heard of."""
        knowledge = self._catalog.latest()
        groups = knowledge.listing.snapshots.values() if knowledge.listing else ()
        listed = {snapshot.id for group in groups for snapshot in group}
        return listed | {mark.id for mark in knowledge.memory.marks.values()}

    async def stop(self) -> None:
        """Ends the process; its files stay."""
        await self._running.aclose()

    async def restart(self, *, clean: bool) -> None:
        """Starts a new process; `clean`: in a new pod, without kopia's cache."""
        await self.stop()
        if clean:
            shutil.rmtree(self._state, ignore_errors=True)
        await self.start()
