"""How each program of this package runs: settings, log, event loop, and the end of its process."""

import asyncio
import logging
import os
import sys
from collections.abc import Callable, Coroutine, Mapping
from typing import NoReturn, TypeVar

from contract import log
from contract.environment import Program, SettingsError

Settings = TypeVar("Settings", bound=Program)


def run(
    settings: type[Settings],
    environ: Mapping[str, str],
    serve: Callable[[Settings], Coroutine[None, None, None]],
    loop: Callable[[], asyncio.AbstractEventLoop] | None = None,
) -> NoReturn:
    """Runs `serve` until it returns, and ends the process. `loop` makes the event loop."""
    log.set_up("httpx2")  # it notes each request
    try:
        chosen = settings.from_environment(environ)
    except SettingsError as error:
        sys.exit(f"settings: {error}")
    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(serve(chosen))
    logging.shutdown()
    # The server's own threads outlive the loop; one that met a dying interpreter would abort it.
    os._exit(0)
