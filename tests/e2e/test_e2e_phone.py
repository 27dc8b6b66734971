"""A narrow screen: filters in a sheet, few excerpts; keys that lead to the search box and to the filters."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Site
from tests.e2e.test_e2e_document import DOCUMENT
from tests.e2e.test_e2e_quality import violations

PHONE = {"width": 360, "height": 740}


@pytest.fixture
def phone(page: Page) -> Page:
    """A page on a screen of a phone."""
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    return page


@pytest.fixture
def plain_phone(chromium: Browser, site: Site) -> Iterator[Page]:
    """A phone whose browser runs no scripts."""
    with chromium.new_context(base_url=site.url, java_script_enabled=False, viewport=PHONE) as opened:  # type: ignore[arg-type]
        yield opened.new_page()


def test_filters_are_a_sheet(phone: Page) -> None:
    """It opens over the page, stays open while one chooses, always shows the button with the hits, and closes."""
    phone.goto("/?q=haushalt")
    sheet, button = phone.locator("#filter"), phone.get_by_role("link", name="zeigen")
    expect(sheet).to_be_hidden()
    phone.get_by_role("link", name="Filter", exact=True).click()
    expect(sheet).to_be_visible()
    expect(button).to_be_in_viewport()
    expect(phone.locator("#q")).to_be_visible()
    assert phone.evaluate("document.getElementById('suche').inert")
    assert violations(phone) == []
    before = button.inner_text()
    phone.locator("input[name=kommune]").first.check()
    expect(button).not_to_have_text(before)
    expect(sheet).to_be_visible()
    expect(button).to_be_in_viewport()
    shown = button.inner_text().removesuffix(" zeigen")
    button.click()
    expect(sheet).to_be_hidden()
    expect(phone.locator("#ergebnis")).to_contain_text(shown)
    assert phone.evaluate("document.activeElement.id") == "ergebnis"
    phone.get_by_role("link", name="Filter (1)").click()
    expect(sheet).to_be_visible()
    phone.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    phone.get_by_role("link", name="Filter (1)").click()
    expect(sheet).to_be_visible()
    phone.set_viewport_size({"width": 1280, "height": 800})
    expect(sheet).to_be_visible()
    assert not phone.evaluate("document.getElementById('suche').inert")


def test_going_back_closes_the_sheet(phone: Page) -> None:
    """The sheet is a step of the history like others: back undoes what was chosen in it, then closes it."""
    phone.goto("/?q=haushalt")
    heading = phone.locator("#ergebnis").inner_text()
    phone.get_by_role("link", name="Filter", exact=True).click()
    phone.locator("input[name=kommune]").first.check()
    expect(phone.locator("#ergebnis")).not_to_have_text(heading)
    phone.go_back()
    expect(phone.locator("input[name=kommune]").first).not_to_be_checked()
    expect(phone.locator("#filter")).to_be_visible()
    phone.go_back()
    expect(phone.locator("#filter")).to_be_hidden()
    expect(phone.locator("#ergebnis")).to_have_text(heading)


def test_a_link_to_the_filters_opens_the_sheet(phone: Page) -> None:
    """An address with the place of the filters, as of a link in a new tab, opens the sheet; it closes as ever."""
    phone.goto("/?q=haushalt#filter")
    expect(phone.locator("#filter")).to_be_visible()
    phone.get_by_role("link", name="zeigen").click()
    expect(phone.locator("#filter")).to_be_hidden()
    expect(phone.locator("#ergebnis")).to_be_in_viewport()


def test_filters_are_a_sheet_without_scripts(plain_phone: Page) -> None:
    """A link opens it, the form's button searches, and the other link closes it."""
    page = plain_phone
    page.goto("/?q=haushalt")
    expect(page.locator("#filter")).to_be_hidden()
    page.get_by_role("link", name="Filter", exact=True).click()
    expect(page.locator("#filter")).to_be_visible()
    page.get_by_role("link", name="zeigen").click()
    expect(page.locator("#filter")).to_be_hidden()
    page.get_by_role("link", name="Filter", exact=True).click()
    page.locator("input[name=kommune]").first.check()
    page.get_by_role("button", name="Filter anwenden").click()
    expect(page.locator(".chip")).to_contain_text("Kommune:")
    expect(page.locator("#filter")).to_be_hidden()


def test_two_excerpts_are_enough(phone: Page) -> None:
    """On a phone a hit has one or two excerpts, on a large screen all of them."""
    phone.goto("/?q=stadt")
    counts = [one.locator(".auszuege li:visible").count() for one in phone.locator(".treffer").all()]
    assert max(counts) == 2
    phone.set_viewport_size({"width": 1280, "height": 800})
    assert max(one.locator(".auszuege li:visible").count() for one in phone.locator(".treffer").all()) == 3


@pytest.mark.parametrize("path", ["/", "/?q=haushalt", DOCUMENT])
def test_slash_leads_to_the_search_box(page: Page, path: str) -> None:
    """The key focuses the box and is not typed into it; in a field it is a sign like others."""
    page.goto(path)
    page.locator("h1").first.click()
    page.keyboard.press("/")
    box = page.locator("#q")
    expect(box).to_be_focused()
    value = box.input_value()
    box.press("End")
    page.keyboard.type("312/2013")
    expect(box).to_have_value(f"{value}312/2013")


@pytest.mark.parametrize("width", [360, 1280])
def test_a_skip_link_leads_to_the_filters(page: Page, width: int) -> None:
    """The second stop of the tab key, on any screen."""
    page.set_viewport_size({"width": width, "height": 800})
    page.goto("/?q=haushalt")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Zu den Filtern springen")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#filter")).to_be_focused()
    expect(page.locator("#filter")).to_be_in_viewport()


def test_articles_have_names(page: Page) -> None:
    """Each hit is an article that is called what its heading says."""
    page.goto("/?q=haushalt")
    for heading in page.locator(".treffer h2").all_inner_texts():
        expect(page.get_by_role("article", name=heading, exact=True).first).to_be_visible()
