"""The entry point of pvc-plumber. It starts whatever state the repository is in."""

import asyncio
import gc
import os
from collections.abc import Awaitable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple, NoReturn, Protocol

# It loads what the client of the API server loads at its first request, beside a thread that loads
# Starlette: at once the two have failed.
import starlette.requests  # noqa: F401
import uvloop

from contract import admission
from contract.environment import PlumberSettings
from contract.listen import anywhere
from kube.client import Client
from plumber import program
from plumber.admission.registration import Registration
from plumber.ledger.store import ClusterMemory
from plumber.metrics import Metrics
from plumber.repository.catalog import LiveCatalog, kept
from plumber.repository.reader import reader
from plumber.web.listener import Listener


class Serve(Protocol):
    """Serves applications until a signal, and for `drain` seconds more."""

    def __call__(self, *listeners: Listener, host: str, drain: float) -> Awaitable[None]: ...


class Web(Protocol):
    """Loads the web server, which takes a while."""

    def __call__(self) -> Serve: ...


def granian() -> Serve:
    """The web server of the product."""
    from plumber.web.server import serve

    return serve


def main(web: Web = granian) -> NoReturn:
    """Runs until a signal, and ends the process."""
    program.run(PlumberSettings, os.environ, partial(_run, web), uvloop.new_event_loop)


async def _run(web: Web, chosen: PlumberSettings) -> None:
    """Settings -> reader, memory -> catalog -> service, and its webhook."""
    metrics, client = Metrics(), Client()
    catalog = LiveCatalog(
        reader(chosen),
        ClusterMemory(client, metrics),
        metrics,
        refresh=chosen.refresh,
        listing_deadline=chosen.listing_deadline,
    )
    async with kept(catalog):
        # The first list takes seconds, so it begins before all that only answering needs is loaded.
        chosen.state.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=chosen.state) as folder:
            load = partial(_load, web, catalog, metrics, client, chosen, Path(folder))
            loaded = await asyncio.to_thread(load)
            # What is loaded by now stays; not to look through it again makes slow answers faster.
            gc.freeze()
            async with kept(Registration(client, loaded.certificate)):
                host = chosen.host or anywhere()
                await loaded.serve(*loaded.listeners, host=host, drain=chosen.drain)


class _Loaded(NamedTuple):
    serve: Serve
    listeners: tuple[Listener, ...]
    certificate: str


def _load(
    web: Web,
    catalog: LiveCatalog,
    metrics: Metrics,
    client: Client,
    chosen: PlumberSettings,
    folder: Path,
) -> _Loaded:
    from plumber.admission import certificate
    from plumber.admission.service import create_app as create_webhook
    from plumber.web.app import Service, create_app, moment

    now = partial(moment, client)
    service = Service(catalog, metrics, ready_age=chosen.ready_age, now=now)
    own = certificate.made(admission.HOST, folder)
    listeners = (
        Listener(app=create_app(service), port=chosen.port),
        Listener(
            app=create_webhook(service.answer, metrics),
            port=chosen.admission_port,
            certificate=own.certificate,
            key=own.key,
        ),
    )
    return _Loaded(web(), listeners, own.text)


if __name__ == "__main__":
    main()
