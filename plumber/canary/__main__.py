"""The entry point of the canary: a readiness that kubelet asks for."""

import asyncio
import logging
import os
import sys
from typing import NoReturn

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from contract import log
from contract.answer import READYZ
from contract.environment import CanarySettings, SettingsError
from contract.listen import anywhere
from kube.client import Client
from plumber.canary.watch import Kyverno, Watch
from plumber.repository.catalog import kept
from plumber.web.listener import Listener
from plumber.web.server import serve


def create_app(watch: Watch) -> Starlette:
    """The application: one path."""

    async def readyz(request: Request) -> Response:
        return JSONResponse({"reason": watch.trouble}, 503 if watch.trouble else 200)

    return Starlette(routes=[Route(READYZ, readyz)])


def main() -> NoReturn:
    """Runs until a signal, and ends the process."""
    log.set_up("httpx2")  # it notes each request
    try:
        chosen = CanarySettings.from_environment(os.environ)
    except SettingsError as error:
        sys.exit(f"settings: {error}")
    asyncio.run(_run(chosen))
    logging.shutdown()
    os._exit(0)  # the server's own threads outlive the loop


async def _run(chosen: CanarySettings) -> None:
    watch = Watch(Client(), Kyverno(chosen.kyverno))
    async with kept(watch):
        listener = Listener(app=create_app(watch), port=chosen.port)
        await serve(listener, host=anywhere(), drain=0)


if __name__ == "__main__":
    main()
