"""The controller: `python -m mover`."""

import asyncio
import os
import signal
import sys

from contract import log
from contract.environment import MoverSettings, SettingsError
from mover.controller import controller

QUIET = ("httpx2", "httpcore2", "asyncio")


async def main() -> None:
    """Runs until a signal."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await controller.run(MoverSettings.from_environment(os.environ), stop)


if __name__ == "__main__":
    log.set_up(*QUIET)
    try:
        asyncio.run(main())
    except SettingsError as error:
        sys.exit(f"settings: {error}")
