"""The steps of a person in kopia's own web UI."""

import re

from playwright.sync_api import Page, expect


def open_source(page: Page, name: str) -> None:
    """From the first page to the one snapshot of `user@host:/path`."""
    # Whose snapshots it shows first depends on what somebody chose before.
    owner = name.partition(":")[0]
    page.get_by_title("Synchronize").locator("svg").click()  # it reads anew each 5 minutes only
    page.get_by_role("button", name=re.compile("(Local|All) Snapshots")).first.click()
    page.locator(".dropdown-item").filter(has_text=owner).click()
    page.get_by_role("row").filter(has_text=owner).get_by_role("link").first.click()
    expect(page.get_by_text(f"Displaying 1 snapshots of {name}")).to_be_visible()


def open_snapshot(page: Page) -> None:
    """The files of the snapshot on top."""
    page.locator("table a").first.click()


def read(page: Page, file: str) -> str:
    """What a file of the folder that is open holds."""
    link = page.get_by_role("link", name=file, exact=True)
    expect(link).to_be_visible()
    path = link.get_attribute("href")
    return page.request.get(f"{page.url.partition('/snapshots')[0]}{path}").text()
