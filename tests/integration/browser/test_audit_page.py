"""The audit's page in a real browser: what a person sees and does."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from contract.names import Claim
from fakes.audit_scene import SPACE, synced
from kube.resource import PVC, REPLICATION_SOURCE
from tests.integration.browser import chromium
from tests.integration.browser.conftest import Site

PERIOD = 31_000  # milliseconds: the page refreshes itself within them
# Luminance and contrast as WCAG 2.2 defines them, of each piece of text on what lies behind it.
CONTRASTS = """
() => {
  const parts = (text) => {
    const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((v) => v / 255)
      .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ground = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const color = parts(getComputedStyle(one).backgroundColor);
      if (color[3] === 255) return color;
    }
    return [255, 255, 255, 255];
  };
  const found = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !element.checkVisibility()) continue;
    const pair = [light(parts(getComputedStyle(element).color)), light(ground(element))];
    const ratio = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
    found.push([element.textContent.trim().slice(0, 40), ratio]);
  }
  return found;
}
"""


def test_one_look_tells_whether_all_is_well(site: Site, page: Page) -> None:
    watch = chromium.Watch(page)
    page.goto(site.url)
    expect(page.get_by_role("heading", level=1)).to_have_text("5 PVCs broken, 9 without protection")
    expect(page).to_have_title("14 PVCs not protected · PVC backup")
    expect(page.get_by_role("row").nth(1)).to_contain_text("broken")
    assert watch.complaints == []
    assert all(url.startswith((site.url, "data:")) for url in watch.requests)
    chromium.shoot(page, "audit-light")


def test_a_cluster_in_order_is_green_at_once(site: Site, page: Page) -> None:
    site.scene.objects[PVC] = [
        raw
        for raw in site.scene.objects[PVC]
        if raw["metadata"]["name"].startswith(("app-", "photos", "cache"))
    ]
    page.goto(site.url)
    expect(page.get_by_role("heading", level=1)).to_have_text("All is well")
    chromium.shoot(page, "audit-well")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/pvc/media/photos"])
def test_every_text_can_be_read_by_day_and_by_night(
    site: Site, browser: Browser, scheme: Any, path: str
) -> None:
    with browser.new_context(color_scheme=scheme) as context:
        page = context.new_page()
        page.goto(site.url + path)
        contrasts: list[tuple[str, float]] = page.evaluate(CONTRASTS)
        assert len(contrasts) > 20
        assert [contrast for contrast in contrasts if contrast[1] < 4.5] == []  # WCAG 1.4.3
        chromium.shoot(page, f"audit-{scheme}{path.replace('/', '-').rstrip('-')}")


def test_with_the_keyboard_alone_a_volume_is_found_and_opened(site: Site, page: Page) -> None:
    page.goto(site.url)
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    while page.evaluate("document.activeElement.name") != "q":
        page.keyboard.press("Tab")
    page.keyboard.type("failing")
    page.keyboard.press("Enter")
    expect(page.get_by_role("row")).to_have_count(2)
    while "/pvc/" not in (page.evaluate("document.activeElement.href || ''")):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("media/failing")
    expect(page.get_by_text("its backups fail: kopia: permission denied")).to_be_visible()


def test_a_screen_reader_finds_its_way(site: Site, page: Page) -> None:
    page.goto(site.url)
    for role, name in (
        ("navigation", "Verdicts"),
        ("search", None),
        ("table", "PVCs, worst first"),
        ("region", "5 PVCs broken, 9 without protection"),
        ("columnheader", "Last backup"),
        ("rowheader", "media/photos"),
    ):
        element = page.get_by_role(role, name=name) if name else page.get_by_role(role)
        expect(element.first).to_be_attached()
    for label in ("Search", "Namespace", "Verdict", "Reason", "Order"):
        expect(page.get_by_label(label, exact=True)).to_have_count(1)
    assert page.locator("html").get_attribute("lang") == "en"


def test_filters_and_order_are_kept_in_the_address(site: Site, page: Page) -> None:
    page.goto(site.url)
    page.get_by_role("link", name="5 broken").click()
    expect(page.get_by_role("row")).to_have_count(6)
    page.get_by_label("Order").select_option("oldest backup first")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("row").nth(1)).to_contain_text("media/failing")
    assert "verdict=broken" in page.url
    assert "sort=age" in page.url
    page.go_back()
    expect(page.get_by_label("Order")).to_have_value("verdict")


def test_without_scripts_everything_can_be_read(site: Site, browser: Browser) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(site.url)
        page.get_by_label("Verdict", exact=True).select_option("broken")
        page.get_by_role("button", name="Show").click()
        expect(page.get_by_role("row")).to_have_count(6)
        page.get_by_role("link", name="media/stale").click()
        expect(page.get_by_role("heading", name="The way back")).to_be_visible()
        page.goto(site.url)
        page.get_by_text("1 source in the repository without a PVC").click()
        expect(page.get_by_text("gone-backup@elsewhere:/data")).to_be_visible()


def test_it_refreshes_itself_and_never_loses_the_place(site: Site, page: Page) -> None:
    page.clock.install()
    page.goto(site.url)
    page.get_by_text("1 source in the repository without a PVC").click()
    link = page.get_by_role("link", name="media/app-30")
    link.scroll_into_view_if_needed()
    link.focus()
    page.get_by_label("Search").evaluate("one => { one.value = 'half a na'; }")
    before = page.evaluate("scrollY")
    assert before > 100

    fails = synced("app-31-backup", reason="Error", message="disk on fire")
    site.scene.objects[REPLICATION_SOURCE].append(fails)
    claim = Claim(SPACE, "app-31")
    site.scene.snapshots = [
        s for s in site.scene.snapshots if s.identity.user != f"{claim.name}-backup"
    ]
    page.clock.run_for(PERIOD)

    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("6 PVCs broken, 9 without protection")
    expect(page).to_have_title("15 PVCs not protected · PVC backup")
    expect(page.get_by_text("disk on fire")).to_be_attached()
    expect(link).to_be_focused()
    expect(page.get_by_label("Search")).to_have_value("half a na")
    expect(page.get_by_text("gone-backup@elsewhere:/data")).to_be_visible()
    assert abs(page.evaluate("scrollY") - before) < 5


def test_a_selection_is_not_torn_away(site: Site, page: Page) -> None:
    page.clock.install()
    page.goto(f"{site.url}/pvc/media/photos")
    page.evaluate("getSelection().selectAllChildren(document.querySelector('code'))")
    marked = page.evaluate("getSelection().toString()")
    site.scene.snapshots.clear()
    page.clock.run_for(PERIOD)
    assert page.evaluate("getSelection().toString()") == marked != ""


def test_while_the_server_is_away_the_page_stays(site: Site, page: Page) -> None:
    page.clock.install()
    page.goto(site.url)
    page.route("**/*", lambda route: route.abort())
    page.clock.run_for(PERIOD)
    expect(page.get_by_role("heading", level=1)).to_contain_text("5 PVCs broken")


def test_one_volume_shows_its_way_back(site: Site, page: Page) -> None:
    page.goto(f"{site.url}/pvc/media/photos")
    newest = site.scene.report().history(Claim(SPACE, "photos"))[0]
    expect(page.get_by_text(newest.id).first).to_be_visible()
    expect(page.get_by_role("row").nth(2)).to_contain_text(
        'volsync.backup/restore-as-of: "2026-03-01T10:30:00Z"'
    )


def test_a_phone_needs_no_sideways_scrolling_of_the_page(site: Site, browser: Browser) -> None:
    with browser.new_context(viewport={"width": 390, "height": 800}) as context:
        page = context.new_page()
        for path in ("/", "/pvc/media/photos"):
            page.goto(site.url + path)
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.goto(site.url)
        chromium.shoot(page, "audit-phone")


def test_what_is_hostile_stays_text(site: Site, page: Page) -> None:
    hostile = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    fails = synced("app-30-backup", reason="Error", message=hostile)
    site.scene.objects[REPLICATION_SOURCE].append(fails)
    site.scene.snapshots.clear()
    watch = chromium.Watch(page)
    page.on("dialog", lambda dialog: watch.complaints.append(dialog.message))
    page.goto(f"{site.url}/?q=app-30")
    expect(page.get_by_text(hostile)).to_be_visible()
    assert watch.complaints == []
