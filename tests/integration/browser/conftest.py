import math
import socket
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
import uvicorn
from playwright.sync_api import Browser, Page

from contract.names import Identity
from fakes.audit_scene import MOMENT, Scene, every_verdict, pvc, taken
from plumber.audit.report import Report
from plumber.audit.service import create_app
from plumber.knowledge import Moment
from tests.integration.browser import chromium


def _scene() -> Scene:
    """Every verdict, more rows than a screen holds, and snapshots without a PVC."""
    scene, _ = every_verdict()
    for number in range(40):
        scene.protect(pvc(f"app-{number:02}"))
    unclaimed = Identity("gone-backup", "elsewhere")
    scene.snapshots += [taken(unclaimed, hours, hours) for hours in (1, 2, 3)]
    return scene


@dataclass
class Site:
    """The audit over a scene that a test may change."""

    url: str
    scene: Scene = field(default_factory=_scene)

    def report(self) -> Report:
        return self.scene.report()


@contextmanager
def _served(listener: socket.socket, site: Site) -> Generator[None]:
    # For its real clock the made-up report is always too old, so that each look is a new one.
    app = create_app(site.report, lambda: Moment(monotonic=math.inf, wall=MOMENT.wall))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture
def site() -> Iterator[Site]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        server = Site(f"http://127.0.0.1:{listener.getsockname()[1]}")
        with _served(listener, server):
            yield server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium.running() as chrome:
        yield chrome


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        tab = context.new_page()
        tab.set_default_timeout(chromium.PATIENCE)
        yield tab
