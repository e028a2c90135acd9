"""The entry point of pvc-plumber. It starts whatever state the repository is in."""

import asyncio
import gc
import logging
import os
import sys
from collections.abc import Awaitable
from typing import NoReturn, Protocol

import uvloop
from starlette.types import ASGIApp

from contract import log
from contract.environment import PlumberSettings, SettingsError
from contract.listen import anywhere
from kube.client import Client
from plumber.ledger.store import ClusterMemory
from plumber.metrics import Metrics
from plumber.repository.catalog import LiveCatalog, kept
from plumber.repository.reader import reader


class Serve(Protocol):
    """Serves the application until a signal, and for `drain` seconds more."""

    def __call__(self, app: ASGIApp, *, host: str, port: int, drain: float) -> Awaitable[None]: ...


class Web(Protocol):
    """Loads the web server, which takes a while."""

    def __call__(self) -> Serve: ...


def granian() -> Serve:
    """The web server of the product."""
    from plumber.web.server import serve

    return serve


def main(web: Web = granian) -> NoReturn:
    """Runs until a signal, and ends the process."""
    log.set_up("httpx2")  # it notes each request
    try:
        chosen = PlumberSettings.from_environment(os.environ)
    except SettingsError as error:
        sys.exit(f"settings: {error}")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run(chosen, web))
    logging.shutdown()
    # The server's own threads outlive the loop; one that met a dying interpreter would abort it.
    os._exit(0)


async def _run(chosen: PlumberSettings, web: Web) -> None:
    """Settings -> reader, memory -> catalog -> service."""
    metrics = Metrics()
    catalog = LiveCatalog(
        reader(chosen),
        ClusterMemory(Client(), metrics),
        metrics,
        refresh=chosen.refresh,
        listing_deadline=chosen.listing_deadline,
    )
    async with kept(catalog):
        # The first list takes seconds, so it begins before all that only answering needs is loaded.
        app, serve = await asyncio.to_thread(_load, web, catalog, metrics, chosen)
        # What is loaded by now stays; not to look through it again makes the slow answers faster.
        gc.freeze()
        await serve(app, host=chosen.host or anywhere(), port=chosen.port, drain=chosen.drain)


def _load(
    web: Web, catalog: LiveCatalog, metrics: Metrics, chosen: PlumberSettings
) -> tuple[ASGIApp, Serve]:
    from plumber.web.app import create_app

    return create_app(catalog, metrics, ready_age=chosen.ready_age), web()


if __name__ == "__main__":
    main()
