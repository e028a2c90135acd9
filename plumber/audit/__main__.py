"""The audit's entry point. It starts whatever state cluster and repository are in."""

import asyncio
import os
from collections.abc import Callable
from functools import partial
from typing import NoReturn

import uvloop

from contract.environment import AuditSettings, Placement
from contract.listen import anywhere
from kube.client import Client
from plumber import program
from plumber.audit.cluster_cache import ClusterCache
from plumber.audit.report import EVERYWHERE, Report, report
from plumber.audit.service import NotKnown, create_app
from plumber.knowledge import Marks, Memory, Moment
from plumber.metrics import Metrics
from plumber.repository.catalog import Catalog, LiveCatalog, kept
from plumber.repository.reader import reader
from plumber.web.app import moment
from plumber.web.listener import Listener
from plumber.web.server import serve


class NoLedger:
    """An empty ledger: the audit reports what the repository holds now, not what it once held."""

    def memory(self) -> Memory:
        return _NOTHING

    def learn(self, repository: str, marks: Marks) -> None:
        pass

    async def proven(self) -> None:
        pass

    async def run(self) -> None:
        await asyncio.Event().wait()


_NOTHING = Memory()


def made(
    cache: ClusterCache,
    catalog: Catalog,
    excluded: frozenset[str],
    now: Callable[[], Moment],
    placement: Placement = EVERYWHERE,
) -> Report:
    """The report. Raises NotKnown until cluster and repository have been read once."""
    known = catalog.latest()
    if cache.trouble():
        raise NotKnown(f"the cluster has not been read: {cache.trouble()}")
    if known.listing is None and not known.trouble:
        raise NotKnown("the repository has not been listed yet")
    return report(cache, known, excluded, now(), placement)


def main() -> NoReturn:
    """Runs until a signal, and ends the process."""
    program.run(AuditSettings, os.environ, _run, uvloop.new_event_loop)


async def _run(chosen: AuditSettings) -> None:
    catalog = LiveCatalog(
        reader(chosen),
        NoLedger(),
        Metrics(),
        refresh=chosen.refresh,
        listing_deadline=chosen.listing_deadline,
    )
    api = Client()
    cache, now = ClusterCache(api), partial(moment, api)
    judged = partial(made, cache, catalog, frozenset(chosen.excluded), now, chosen)
    app = create_app(judged, now)
    async with kept(catalog), kept(cache):
        listener = Listener(app=app, port=chosen.port)
        await serve(listener, host=chosen.host or anywhere(), drain=chosen.drain)


if __name__ == "__main__":
    main()
