"""pvc-plumber on uvicorn, its peer: run as a process where bench/decision.py is told so."""

from typing import NoReturn

import uvicorn
from starlette.applications import Starlette

from plumber.__main__ import main
from plumber.server import CONCURRENCY


def serve(app: Starlette, *, host: str, port: int, drain: float) -> NoReturn:
    """Serves until a signal."""
    uvicorn.run(app, host=host, port=port, backlog=CONCURRENCY, log_config=None, access_log=False)
    raise SystemExit


if __name__ == "__main__":
    main(serve)
