"""Every page and state: accessible (axe-core), light, reflowing at 320 pixels, valid HTML."""

from __future__ import annotations

from collections.abc import Callable

import html5lib
import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Site
from tests.e2e.test_e2e_document import DOCUMENT

MAX_PAGE_BYTES = 100_000
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
PATHS = (
    "/",
    "/?q=haushalt",
    "/?q=",
    "/?q=&page=3&date_interval=month",
    "/?q=haushalt&kommune=koeln&kommune=kiel&date_from=2010-01-01&exact=true&sort=-date",
    '/?q="radweg&date_from=gestern',
    "/?q=qqqzzz&kommune=koeln",
    "/?q=radwegg",
    "/?q=&page=99",
    "/?q=&page=2000",
    "/?q=haushalt&collapse=none",
    "/?q=13.11.2013",
    f"/?q={'x' * 1001}",
    f"{DOCUMENT}?q=integrationszentrum",
    f"{DOCUMENT}?gemeldet=1",
    "/hilfe",
    "/nix",
    "/abo?q=radweg",
    "/en/",
    "/en/?q=radweg",
    f"/en{DOCUMENT}",
    "/en/hilfe",
    "/docs",
)


def complete(page: Page) -> None:
    """Open the completions and choose one."""
    page.locator("#q").fill("")
    page.locator("#q").press_sequentially("integ")
    expect(page.locator("#vorschlaege li").first).to_be_visible()
    page.keyboard.press("ArrowDown")


def unfold(page: Page) -> None:
    """Open everything that is folded."""
    for summary in page.locator("summary").all():
        summary.click()


def drag(page: Page) -> None:
    """Choose some bars."""
    page.locator(".saeule").first.focus()
    page.keyboard.press("Shift+ArrowRight")


def enlarge(page: Page) -> None:
    """Open a large picture."""
    page.locator("a.bild").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()


def jump(page: Page) -> None:
    """Go to a hit."""
    page.locator("#naechste-stelle").click()


STATES: tuple[tuple[str, Callable[[Page], None]], ...] = (
    ("/", complete),
    ("/?q=haushalt", unfold),
    ("/?q=haushalt", drag),
    (f"{DOCUMENT}?q=integrationszentrum", jump),
    (DOCUMENT, unfold),
    (DOCUMENT, enlarge),
)


def violations(page: Page) -> list[str]:
    """Return what axe finds, with the first element each."""
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html']} {one['nodes'][0]['failureSummary']}" for one in found]


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1280, "dark")])
def test_axe_finds_nothing_on_any_page(chromium: Browser, site: Site, width: int, scheme: str) -> None:
    """No page breaks a rule of WCAG 2.2 AA that a program can check, nor a best practice."""
    with chromium.new_context(
        base_url=site.url, viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    ) as context:
        page = context.new_page()
        found = {}
        for path in PATHS:
            page.goto(path)
            found[path] = violations(page)
        assert {path: problems for path, problems in found.items() if problems} == {}


def test_axe_finds_nothing_in_any_state(page: Page) -> None:
    """Neither with completions, folded lists, chosen bars, a hit or a large picture."""
    found = {}
    for path, prepare in STATES:
        page.goto(path)
        prepare(page)
        found[f"{path} {prepare.__name__}"] = violations(page)
    assert {path: problems for path, problems in found.items() if problems} == {}


def test_pages_reflow(page: Page) -> None:
    """At 320 pixels (a screen of 1280 at 400 %) nothing has to be scrolled sideways."""
    widths = {}
    for path in PATHS:
        page.goto(path)
        for width in (270, 320):  # a window beside others at 400 %, too
            page.set_viewport_size({"width": width, "height": 640})
            widths[path, width] = page.evaluate("document.documentElement.scrollWidth")
    assert {place: found for place, found in widths.items() if found > place[1]} == {}


@pytest.mark.parametrize("path", [path for path in PATHS if path != "/docs"])
def test_pages_are_light_and_valid(site: Site, path: str) -> None:
    """HTML, style and script together stay below 100 kB uncompressed; the HTML has no parse error."""
    with httpx.Client(base_url=site.url) as client:
        page = client.get(path)
        parser = html5lib.HTMLParser()
        tree = parser.parse(page.content, transport_encoding="utf-8")
        assert parser.errors == []
        names = {"link": "href", "script": "src"}
        parts = [
            element.get(names[tag])
            for tag in names
            for element in tree.iter(f"{{http://www.w3.org/1999/xhtml}}{tag}")
            if tag == "script" or element.get("rel") == "stylesheet"
        ]
        total = len(page.content) + sum(len(client.get(part).content) for part in parts if part)
    assert total <= MAX_PAGE_BYTES


def test_focus_goes_through_the_page_in_order(page: Page) -> None:
    """The first stops are the ways to content and filters; then head, box, filters or hits, as they stand there."""
    page.goto("/?q=haushalt")
    stops = []
    for _ in range(8):
        page.keyboard.press("Tab")
        stops.append(page.evaluate("document.activeElement.textContent.trim() || document.activeElement.name"))
    skips = ["Zum Inhalt springen", "Zu den Filtern springen"]
    assert stops[:6] == [*skips, "Ratsdokumente", "Hilfe", "English", "q"]
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
