"""Both pages in a real browser, over PVCs of the lab: what a person sees who labelled one."""

import base64
from collections.abc import Generator, Iterator

import pytest
from playwright.sync_api import Browser, HttpCredentials, expect

from components.kopia_ui import USER
from contract import scope
from contract.audit import SERVICE, Reason
from contract.names import identity
from lab.application import Application, get, new_application
from lab.cluster.forward import forwarded
from tests.e2e import audit
from tests.integration.browser import chromium, kopia_pages

UI = "kopia-ui"
PVC, TEXT = "photos", "a word from the volume"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium.running() as browser:
        yield browser


@pytest.fixture(scope="module")
def home(deployed: None) -> Generator[Application]:
    """A namespace with a PVC that has one backup, and one that nobody has labelled."""
    with new_application() as app:
        app.apply_pvc(PVC)
        app.run(PVC, "sh", "-c", f"echo -n '{TEXT}' > /data/word.txt")
        app.apply_pvc(PVC, backup="hourly")
        app.wait_backup(PVC)
        app.apply_pvc("scratch")
        audit.wait_reason(app, PVC, Reason.BACKED_UP)
        audit.wait_reason(app, "scratch", Reason.NO_LABEL)
        yield app


def test_the_audits_page_tells_of_a_volume_what_a_rebuild_would_bring_back(
    home: Application, browser: Browser
) -> None:
    verdict = audit.of(home, PVC)
    assert verdict is not None
    with forwarded(scope.VOLSYNC_NAMESPACE, SERVICE) as url, browser.new_context() as context:
        page = context.new_page()
        watch = chromium.Watch(page)
        page.goto(url)
        row = page.get_by_role("row").filter(has_text=f"{home.namespace}/{PVC}")
        expect(row).to_contain_text("protected")
        other = page.get_by_role("row").filter(has_text=f"{home.namespace}/scratch")
        expect(other).to_contain_text("unprotected")
        chromium.shoot(page, "lab-audit")
        row.get_by_role("link").first.click()
        expect(page.get_by_role("heading", name="The way back")).to_be_visible()
        expect(page.get_by_text(verdict["rebuild"]).first).to_be_visible()
        chromium.shoot(page, "lab-audit-pvc")
        assert watch.complaints == []


def test_a_person_logs_in_to_kopia_and_reads_a_file_out_of_a_backup(
    home: Application, browser: Browser
) -> None:
    secret = get("secret", UI, scope.VOLSYNC_NAMESPACE)
    assert secret is not None
    password = base64.b64decode(secret["data"]["password"]).decode()
    login: HttpCredentials = {"username": USER, "password": password}
    source = str(identity(home.claim(PVC)))
    with (
        forwarded(scope.VOLSYNC_NAMESPACE, UI) as url,
        browser.new_context(http_credentials=login) as context,
    ):
        page = context.new_page()
        page.set_default_timeout(chromium.PATIENCE)
        page.goto(url)
        kopia_pages.open_source(page, source)
        kopia_pages.open_snapshot(page)
        assert kopia_pages.read(page, "word.txt") == TEXT
        chromium.shoot(page, "lab-kopia-ui")
