"""Reading a document in a real browser: hits, search within, pictures, reports, takedowns; with scripts and without."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from reportlab.pdfgen.canvas import Canvas

from searchsvc.settings import Settings
from searchsvc.store import Store
from tests.e2e.conftest import Site

DOCUMENT = "/dokumente/sample%2Fbruehl%2F2013-11-13-integrationszentrum"
EVIL = "<script>document.title = 'gekapert'</script>"


def command(site: Site, *arguments: str) -> str:
    """Run the command line on the data of the running service."""
    done = subprocess.run(
        [sys.executable, "-m", "searchsvc", *arguments],
        env=os.environ | {"SEARCHSVC_DATA_DIR": str(site.data_dir), "SEARCHSVC_LOG_LEVEL": "error"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_from_a_hit_to_its_place_and_on(page: Page) -> None:
    """A page number of a hit leads to that page; buttons go from place to place; the way back leads to the search."""
    page.goto("/?q=integrationszentrum&date_from=2000-01-01&sort=-date")
    page.locator(".auszuege .seite").first.click()
    assert "#seite-" in page.url
    marks = page.locator(".wortlaut mark")
    total = marks.count()
    assert total > 1
    page.get_by_role("button", name="Nächste").first.click()
    expect(page.locator("#stelle")).to_contain_text(f"von {total}")
    expect(page.locator("mark.aktuell")).to_have_count(1)
    expect(page.locator("mark.aktuell")).to_be_in_viewport()
    for _ in range(total):
        page.get_by_role("button", name="Vorige").first.click()
    expect(page.locator("mark.aktuell")).to_have_count(1)
    page.get_by_role("link", name="Alle Treffer für").click()
    expect(page.locator("#ergebnis")).to_contain_text("für „integrationszentrum“")
    assert page.url.endswith("/?q=integrationszentrum&date_from=2000-01-01&sort=-date")
    page.go_back()
    page.go_back()
    expect(page.locator("#ergebnis")).to_contain_text("für „integrationszentrum“")


def test_search_within_the_document(page: Page) -> None:
    """Another word is looked for in this document only; one it has not is said to be missing."""
    page.goto(DOCUMENT)
    expect(page.locator("mark")).to_have_count(0)
    page.get_by_label("In diesem Dokument suchen").fill("Kooperationsvereinbarung")
    page.keyboard.press("Enter")
    expect(page.locator(".wortlaut mark").first).to_have_text("Kooperationsvereinbarung")
    page.get_by_label("In diesem Dokument suchen").fill("Straßenbahn")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Im Text dieses Dokuments steht davon nichts.")).to_be_visible()


def test_large_pictures_by_keyboard(page: Page) -> None:
    """Enter on a picture opens it large; arrow keys turn pages; Escape closes and gives the focus back."""
    page.goto(DOCUMENT)
    link = page.locator("a.bild").first
    link.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("heading")).to_have_text("Seite 1")
    expect(dialog.get_by_role("img", name="Bild von Seite 1")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(dialog.get_by_role("heading")).to_have_text("Seite 2")
    expect(dialog.get_by_role("button", name="Nächste")).to_be_disabled()
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.getElementById('bild-gross').naturalWidth") == 1200
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert page.evaluate("document.activeElement.dataset.seite") == "2"


def test_other_files_of_the_vorgang(page: Page) -> None:
    """The other files of the Vorgang and its Gremien are linked."""
    page.goto(DOCUMENT)
    box = page.get_by_role("region", name="Vorgang")
    box.get_by_role("link", name="Konzept für ein Kommunales Integrationszentrum").click()
    expect(page.locator("header .datei")).to_contain_text("Konzept für ein Kommunales Integrationszentrum")
    page.get_by_role("region", name="Vorgang").get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_report_and_its_decision(page: Page, site: Site) -> None:
    """A report reaches the operator, who dismisses it."""
    page.goto(DOCUMENT)
    page.get_by_role("link", name="Melden").click()
    page.get_by_role("button", name="Meldung senden").click()
    expect(page.get_by_text("Vielen Dank")).to_have_count(0)  # the browser asks for what is missing
    page.get_by_label("Grund").select_option("Personenbezogene Daten")
    page.get_by_label("Was ist falsch?").fill("Name auf Seite 2")
    page.get_by_role("button", name="Meldung senden").click()
    expect(page.get_by_text("Vielen Dank, Ihre Meldung ist angekommen.")).to_be_visible()
    expect(page.get_by_label("Was ist falsch?")).to_be_hidden()
    line = next(line for line in command(site, "reports", "list").splitlines() if "integrationszentrum" in line)
    number = line.split()[0]
    assert "Name auf Seite 2" in command(site, "reports", "show", number)
    command(site, "reports", "dismiss", number)
    assert f" {number} " not in command(site, "reports", "list")


def test_hostile_text_and_takedown(page: Page, site: Site, tmp_path: Path) -> None:
    """A PDF whose text is a script shows it as text; taken down, it is gone everywhere, also after another import."""
    path = tmp_path / "evil.pdf"
    canvas = Canvas(str(path), invariant=1)
    canvas.drawString(40, 700, f"Vogelscheuchenverordnung {EVIL}")
    canvas.setTitle(EVIL)
    canvas.save()
    command(site, "ingest", str(path), "--wait", "--kommune", "<b>Ort</b>")
    page.goto("/?q=Vogelscheuchenverordnung")
    expect(page.locator("#ergebnis")).to_contain_text("1")
    page.locator(".treffer h2 a").click()
    expect(page.locator(".wortlaut")).to_contain_text(EVIL)
    assert "gekapert" not in page.title().replace(EVIL, "")
    address = page.url.split("?")[0]
    with Store.open(Settings(data_dir=site.data_dir)) as store:
        document = next(one for one in store.recent.documents(skip=0, limit=200) if "<b>Ort</b>" in str(one.kommune))
    command(site, "takedown", document.id)
    for _ in range(2):
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 410
        expect(page.get_by_role("heading", level=1)).to_have_text("Nicht mehr verfügbar")
        assert page.request.get(f"{address}/seiten/1.webp").status == 410
        page.goto("/?q=Vogelscheuchenverordnung")
        expect(page.locator("#ergebnis")).to_contain_text("Keine Treffer")
        command(site, "ingest", str(path), "--wait", "--kommune", "<b>Ort</b>")
    command(site, "restore-document", document.id)
    page.goto("/?q=Vogelscheuchenverordnung")
    expect(page.locator("#ergebnis")).to_contain_text("1")
    command(site, "delete", document.id)


LONG = "Anlage_1_zur_Vorlage_0815-2024_Bebauungsplan_Nordring_Entwurf_Fassung_vom_2024-05-13_" * 3
LONG_WORD = "Donaudampfschifffahrtsgesellschaftskapitaen" * 5
LONG_DOCUMENT = {
    "id": "breit",
    "title": LONG_WORD,
    "kommune": LONG_WORD,
    "date": "2024-05-13",
    "file_name": f"{LONG}.pdf",
    "keywords": [LONG_WORD],
    "organizations": [LONG_WORD, LONG],
    "paper": {"id": "breit", "name": LONG, "reference": "4711/2024/" * 20, "type": LONG_WORD},
    "pages": [f"Breitwandkino {'Wort ' * 9_000}", *(f"{LONG_WORD} {LONG} https://{LONG}" for _ in range(11))],
}


@pytest.fixture
def wide(site: Site, tmp_path: Path) -> Iterator[str]:
    """The address of a document all of whose names are long and without spaces."""
    path = tmp_path / "breit.ndjson"
    path.write_text(
        "\n".join(json.dumps(LONG_DOCUMENT | {"id": name, "title": name + LONG_WORD}) for name in ("breit", "bruder"))
    )
    command(site, "ingest", str(path), "--wait")
    yield "/dokumente/breit"
    command(site, "delete", "breit", "bruder")


def test_long_names_make_no_page_wide(page: Page, wide: str) -> None:
    """However long names are, and on however narrow a screen, nothing has to be scrolled sideways."""
    widths = {}
    for width in (320, 360, 768, 1280, 1440):
        page.set_viewport_size({"width": width, "height": 800})
        for path in ("/", wide, f"{wide}?q=Breitwandkino&seite=7", "/?q=Breitwandkino", "/?q=Breitwandkino&exact=true"):
            page.goto(path)
            widths[width, path] = page.evaluate("document.documentElement.scrollWidth")
    assert {place: found for place, found in widths.items() if found > place[0]} == {}


def test_to_a_page_by_its_number(page: Page, wide: str) -> None:
    """The form leads to the page itself, keeps its number, and what was searched; also beyond the last page."""
    page.goto(f"{wide}?q=Breitwandkino&kommune={LONG_WORD}&sort=date")
    page.get_by_label("Zu Seite").fill("7")
    page.get_by_role("button", name="Gehen").click()
    page.wait_for_url("**&seite=7#seite-7")
    expect(page.locator("#seite-7")).to_be_in_viewport()
    expect(page.get_by_label("Zu Seite")).to_have_value("7")
    back = page.get_by_role("link", name="Alle Treffer für „Breitwandkino“")
    expect(back).to_have_attribute("href", f"/?q=Breitwandkino&sort=date&kommune={LONG_WORD}")
    page.goto(f"{wide}?seite=99&gehe=1")
    page.wait_for_url("**?seite=12#seite-12")


def test_document_without_scripts(plain_page: Page) -> None:
    """Places found, pictures, search within and reports are plain links and forms."""
    page = plain_page
    page.goto("/?q=integrationszentrum")
    page.locator(".treffer h2 a").first.click()
    page.locator("#fundstellen a").first.click()
    assert "#seite-" in page.url
    page.get_by_label("In diesem Dokument suchen").fill("Stadt")
    page.get_by_role("button", name="Suchen").click()
    expect(page.locator("#fundstellen")).to_contain_text("auf Seite")
    page.locator("#meldung summary").click()
    page.get_by_label("Grund").select_option("Sonstiges")
    page.get_by_label("Was ist falsch?").fill("Nichts, ein Test ohne Skript")
    page.get_by_role("button", name="Meldung senden").click()
    expect(page.get_by_text("Vielen Dank, Ihre Meldung ist angekommen.")).to_be_visible()
    page.goto(DOCUMENT)
    page.locator("a.bild").first.click()
    assert page.url.endswith("seiten/1.webp?breite=1200")
