"""The real Chromium, driven as a person would: what the pages look like ends up in screenshots/."""

import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, expect, sync_playwright

PATIENCE = 20_000.0  # milliseconds, for a machine that does much else
# Its sandbox needs a user that is not root; a container's shared memory can be too small for it.
FLAGS = ("--no-sandbox", "--disable-dev-shm-usage")
SCREENSHOTS = Path(__file__).parents[3] / "screenshots"


@contextmanager
def running() -> Generator[Browser]:
    """A browser until the end of the block; it must end before another test starts a loop."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("chromium is not on PATH; the Debian package chromium has it")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def shoot(page: Page, name: str) -> None:
    """Keeps what can be seen now."""
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")


class Watch:
    """What a page complains about, and what it asks for."""

    def __init__(self, page: Page) -> None:
        self.complaints: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._note)

    def _note(self, request: Request) -> None:
        self.requests.append(request.url)
