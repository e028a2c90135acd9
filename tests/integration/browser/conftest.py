import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Page

from contract.names import Identity
from fakes.audit_scene import MOMENT, Scene, every_verdict, pvc, taken
from fakes.serving import served
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

    url: str = ""
    scene: Scene = field(default_factory=_scene)

    def report(self) -> Report:
        return self.scene.report()


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    # For its real clock the made-up report is always too old, so that each look is a new one.
    app = create_app(site.report, lambda: Moment(monotonic=math.inf, wall=MOMENT.wall))
    with served(app) as port:
        site.url = f"http://127.0.0.1:{port}"
        yield site


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
