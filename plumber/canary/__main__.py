"""The entry point of the canary: a readiness that kubelet asks for."""

import os
from typing import NoReturn

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from contract.answer import READYZ
from contract.environment import CanarySettings
from contract.listen import anywhere
from kube.client import Client
from plumber import program
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
    program.run(CanarySettings, os.environ, _run)


async def _run(chosen: CanarySettings) -> None:
    watch = Watch(Client(), Kyverno(chosen.kyverno))
    async with kept(watch):
        listener = Listener(app=create_app(watch), port=chosen.port)
        await serve(listener, host=anywhere(), drain=0)


if __name__ == "__main__":
    main()
