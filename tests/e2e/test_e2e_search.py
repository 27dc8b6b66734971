"""Searching in a real browser: completing, filtering, dragging, paging, going back; with scripts and without."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

HEADING = "#ergebnis"


def heading(page: Page) -> str:
    """Return the heading of the results."""
    return page.locator(HEADING).inner_text().replace("\xa0", " ")


def number_of_hits(page: Page) -> int:
    """Return how many hits the heading tells of."""
    found = re.match(r"\d+", heading(page))
    assert found is not None
    return int(found.group())


def stay(page: Page) -> None:
    """Leave a mark that a full reload would wipe out."""
    page.evaluate("window.stayed = true")


def stayed(page: Page) -> bool:
    """Tell whether there was no full reload since."""
    return bool(page.evaluate("window.stayed === true"))


def test_completions_by_keyboard(page: Page) -> None:
    """Typing opens a list that the arrow keys go through; Escape closes it, Enter searches for what was chosen."""
    page.goto("/")
    box = page.get_by_role("combobox", name="Wonach suchen Sie?")
    box.press_sequentially("haushal")
    options = page.get_by_role("option")
    expect(options.first).to_be_visible()
    expect(box).to_have_attribute("aria-expanded", "true")
    expect(page.locator("#ansage")).to_contain_text("Vorschläge:")
    box.press("Escape")
    expect(options).to_have_count(0)
    box.press("ArrowDown")
    expect(options.first).to_be_visible()
    box.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    word = options.filter(has_text="Wort").first
    while word.get_attribute("aria-selected") == "false":
        box.press("ArrowDown")
    chosen = word.locator("span").first.inner_text()
    assert box.get_attribute("aria-activedescendant") == word.get_attribute("id")
    box.press("Enter")
    expect(page.locator(HEADING)).to_contain_text(f"für „{chosen}“")
    assert number_of_hits(page) >= 1


def test_choosing_a_title_opens_it(page: Page) -> None:
    """Of the Vorgang whose name begins with what was typed the document is opened, with these words marked."""
    page.goto("/en/")
    page.locator("#q").press_sequentially("einrichtung einer außen")
    expect(page.get_by_role("option").first).to_contain_text("Open matter")
    title = page.get_by_role("option").first.locator("span").first.inner_text()
    page.locator("#q").press("ArrowDown")
    page.locator("#q").press("Enter")
    page.wait_for_url("**/en/dokumente/**?q=einrichtung%20einer%20au%C3%9Fen")
    expect(page.get_by_role("article")).to_contain_text(title)


def test_choosing_a_kommune_filters_by_it(page: Page) -> None:
    """A completion that is a Kommune becomes a filter, not a word."""
    page.goto("/?q=satzung")
    page.locator("#q").fill("")
    page.locator("#q").press_sequentially("müns")
    page.locator("#vorschlaege li", has_text="Kommune").first.click()
    expect(page.get_by_role("link", name="Filter entfernen: Kommune: Münster")).to_be_visible()
    assert "kommune=" in page.url


def test_filters_without_a_reload_and_back(page: Page) -> None:
    """Ticking updates hits, counts, address and announcement in place; the focus stays; going back undoes it."""
    page.goto("/?q=haushalt&collapse=none")
    before = heading(page)
    stay(page)
    box = page.locator("input[name=kommune]").first
    name = page.locator("#facette-kommune .name").first.inner_text()
    count = int(page.locator("#facette-kommune .zahl").first.inner_text())
    box.focus()
    box.press("Space")
    expect(page.get_by_role("link", name=f"Filter entfernen: Kommune: {name}")).to_be_visible()
    assert number_of_hits(page) == count
    expect(page.locator("#ansage")).to_contain_text("Treffer")
    assert page.evaluate("document.activeElement.name") == "kommune"
    assert re.search(r"\?q=haushalt&collapse=none&kommune=", page.url)
    page.go_back()
    expect(page.locator(HEADING)).to_have_text(before)
    expect(page.locator("input[name=kommune]").first).not_to_be_checked()
    page.go_forward()
    expect(page.get_by_role("link", name=f"Filter entfernen: Kommune: {name}")).to_be_visible()
    page.get_by_role("link", name=f"Filter entfernen: Kommune: {name}").click()
    expect(page.locator(HEADING)).to_have_text(before)
    assert stayed(page)


def test_several_kommunen_are_alternatives(page: Page) -> None:
    """Two Kommunen have as many hits as both counts say, and the other filters' counts follow."""
    page.goto("/?q=haushalt&collapse=none")
    counts = [int(text) for text in page.locator("#facette-kommune .zahl").all_inner_texts()[:2]]
    values = [box.get_attribute("value") for box in page.locator("input[name=kommune]").all()[:2]]
    for value in values:
        page.locator(f"input[name=kommune][value='{value}']").check()
        expect(page.locator(f"input[name=kommune][value='{value}']")).to_be_checked()
        expect(page.locator("#stand")).not_to_have_attribute("aria-busy", "true")
    assert number_of_hits(page) == sum(counts)


def test_dragging_over_the_histogram(page: Page) -> None:
    """Dragging from one bar to another searches in that period; a click on one of them in its year only."""
    page.goto("/?q=stadt")
    everything = number_of_hits(page)
    bars = page.locator(".saeule")
    first, last = bars.nth(2), bars.nth(6)
    expected = [first.get_attribute("data-von"), last.get_attribute("data-bis")]
    start, end = first.bounding_box(), last.bounding_box()
    assert start is not None
    assert end is not None
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] / 2, steps=5)
    expect(page.locator(".gezogen")).to_have_count(5)
    page.mouse.up()
    expect(page.locator(".chip")).to_contain_text("Datum:")
    assert [page.locator("#date_from").input_value(), page.locator("#date_to").input_value()] == expected
    assert 0 < number_of_hits(page) < everything
    expect(page.locator(".drin")).to_have_count(5)
    place = page.locator(".drin").first.bounding_box()
    assert place is not None
    page.mouse.click(place["x"] + place["width"] / 2, place["y"] + place["height"] - 2)
    expect(page.locator(".drin")).to_have_count(1)


def test_histogram_by_keyboard(page: Page) -> None:
    """One stop of the tab key; arrows move, shift extends, Enter chooses, and the bar keeps the focus."""
    page.goto("/?q=stadt")
    assert page.locator(".saeule[tabindex='0']").count() == 1
    page.locator(".saeule").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator(".gezogen")).to_have_count(3)
    page.keyboard.press("Enter")
    expect(page.locator(".chip")).to_contain_text("Datum:")
    expect(page.locator(".drin")).to_have_count(3)
    assert page.evaluate("document.activeElement.getAttribute('class')").startswith("saeule")
    page.keyboard.press("Enter")
    expect(page.locator(".drin")).to_have_count(1)


def test_period_by_fields(page: Page) -> None:
    """From and to can be typed, and documents without a date added."""
    page.goto("/?q=")
    page.locator("#date_from").fill("2012-01-01")
    page.locator("#date_from").press("Tab")
    expect(page.locator(".chip")).to_have_text(re.compile("Datum: ab 01.01.2012"))
    before = number_of_hits(page)
    page.locator("input[name=date_missing]").check()
    expect(page.locator(".chip")).to_have_count(2)
    assert number_of_hits(page) > before


def test_paging_and_sorting(page: Page) -> None:
    """The next page comes in place, its heading has the focus; another order begins with the first page."""
    page.goto("/?q=")
    stay(page)
    first = page.locator(".treffer h2").first.inner_text()
    page.get_by_role("link", name="Weiter →").click()
    expect(page.locator(".blaettern [aria-current=page]")).to_contain_text("2")
    assert page.locator(".treffer h2").first.inner_text() != first
    assert page.evaluate("document.activeElement.id") == "ergebnis"
    page.get_by_role("link", name="Älteste zuerst").click()
    expect(page.locator(".blaettern [aria-current=page]")).to_contain_text("1")
    expect(page.locator("#sortierung strong")).to_have_text("Älteste zuerst")
    assert stayed(page)


def test_long_lists_can_be_searched(page: Page) -> None:
    """The list of Gremien unfolds and is narrowed by what is typed, accents aside; it stays open after a choice."""
    page.goto("/?q=")
    fold = page.locator("#mehr-organization")
    fold.locator("summary").click()
    page.get_by_label("In dieser Liste suchen: Gremium").fill("verkehr")
    rows = fold.locator("li:visible")
    expect(rows.first).to_contain_text(re.compile("verkehr", re.IGNORECASE))
    assert 0 < rows.count() < fold.locator("li").count()
    shown = rows.count()
    rows.first.locator("input").click()
    expect(page.locator(".chip")).to_contain_text("Gremium:")
    expect(page.get_by_label("In dieser Liste suchen: Gremium")).to_have_value("verkehr")
    assert rows.count() in (shown, shown - 1)  # what is chosen may have moved to the top


def test_one_hit_for_each_vorgang(page: Page) -> None:
    """The other documents of a Vorgang are named below its hit, the heading counts both; each by itself is a click."""
    page.goto("/?q=integrationszentrum")
    expect(page.locator(".dazu").first).to_contain_text("Weitere gefundene Dateien dieses Vorgangs:")
    papers, heading = number_of_hits(page), page.locator(HEADING).inner_text()
    stay(page)
    page.get_by_role("link", name="Alle Dateien einzeln").click()
    expect(page.locator(".dazu")).to_have_count(0)
    assert "collapse=none" in page.url
    files = number_of_hits(page)
    assert files > papers
    assert f"({files}\xa0Dokumente)" in heading
    page.locator("#q").press("Enter")  # the form keeps it
    expect(page.locator(".dazu")).to_have_count(0)
    page.get_by_role("link", name="Nach Vorgängen").click()
    expect(page.locator(HEADING)).to_have_text(heading)
    assert "collapse" not in page.url
    assert stayed(page)


def test_no_hits_names_the_cause(page: Page) -> None:
    """Each way out says how many hits it has, and has them."""
    page.goto("/?q=radweg&kommune=trier&text_quality=ocr")
    expect(page.locator(HEADING)).to_contain_text("Keine Treffer")
    way = page.locator(".leer li", has_text="ohne alle Filter")
    count = int(re.findall(r"(\d+)", way.inner_text())[-1])
    way.get_by_role("link").click()
    expect(page.locator(HEADING)).to_contain_text("für „radweg“")
    expect(page.locator(".chip")).to_have_count(0)
    assert number_of_hits(page) == count
    page.goto("/?q=qqqzzz%20radweg")
    expect(page.locator(".hinweis")).to_contain_text("In keinem Dokument steht: „qqqzzz“")


def test_english(page: Page) -> None:
    """The same search in English, with English dates; the language stays while searching."""
    page.goto("/?q=radweg")
    page.get_by_role("link", name="English").click()
    expect(page.locator(HEADING)).to_contain_text("hits for “radweg”")
    page.locator("input[name=kommune]").first.check()
    expect(page.get_by_role("link", name=re.compile("Remove filter: Municipality:"))).to_be_visible()
    assert "/en/?" in page.url
    page.locator(".treffer h2 a").first.click()
    expect(page.get_by_role("heading", name="Content of the file")).to_be_visible()
    page.get_by_role("link", name="Deutsch").click()
    expect(page.get_by_role("heading", name="Inhalt der Datei")).to_be_visible()


def test_search_without_scripts(plain_page: Page) -> None:
    """Searching, filtering by boxes and bars, paging and going back are plain forms and links."""
    page = plain_page
    page.goto("/")
    page.get_by_label("Wonach suchen Sie?").fill("haushalt")
    page.get_by_role("button", name="Suchen").click()
    page.get_by_role("link", name="Alle Dateien einzeln").click()
    everything = number_of_hits(page)
    count = int(page.locator("#facette-kommune .zahl").first.inner_text())
    page.locator("input[name=kommune]").first.check()
    page.get_by_role("button", name="Filter anwenden").click()
    assert number_of_hits(page) == count
    page.locator(".chip").click()
    assert number_of_hits(page) == everything
    page.locator(".saeule").last.click()
    expect(page.locator(".chip")).to_contain_text("Datum: 20")
    page.go_back()
    assert number_of_hits(page) == everything
    page.get_by_role("link", name="Weiter →").click()
    expect(page.locator(".blaettern [aria-current=page]")).to_contain_text("2")
