"""Starts pvc-plumber. It comes up whatever state the repository is in."""

from typing import NoReturn, Protocol

from starlette.applications import Starlette

from kopia.command import Kopia
from plumber import logs, settings
from plumber.app import create_app
from plumber.catalog import LiveCatalog
from plumber.cluster import Cluster
from plumber.memory import ClusterMemory
from plumber.metrics import Metrics
from plumber.repository import RepositoryReader
from plumber.server import run


class Serve(Protocol):
    """Serves the application until a signal, and ends the process."""

    def __call__(self, app: Starlette, *, host: str, port: int, drain: float) -> NoReturn: ...


def main(serve: Serve = run) -> NoReturn:
    """Settings -> reader, memory -> catalog -> service."""
    logs.set_up()
    chosen = settings.load()
    kopia = Kopia(
        binary=chosen.kopia,
        config=chosen.state / "repository.config",
        cache=chosen.state / "cache",
        logs=chosen.state / "logs",
        password_file=chosen.password_file,
        deadline=chosen.listing_deadline,
    )
    reader = RepositoryReader(path=chosen.repository, pin_file=chosen.pin_file, kopia=kopia)
    metrics = Metrics()
    catalog = LiveCatalog(
        reader,
        ClusterMemory(Cluster(), metrics),
        metrics,
        refresh=chosen.refresh,
        listing_deadline=chosen.listing_deadline,
    )
    app = create_app(catalog, metrics, ready_age=chosen.ready_age)
    serve(app, host=chosen.host, port=chosen.port, drain=chosen.drain)


if __name__ == "__main__":
    main()
