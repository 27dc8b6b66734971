"""The page of a document, its file, its page pictures and reports about it."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from index.contract import Document, IndexUnavailable, Paper, SearchIndexError, SearchTimeout, TextQuality
from searchsvc.errors import StorageFull
from searchsvc.settings import Settings
from searchsvc.store import OParlChanges, OParlObject, Store
from searchsvc.web.pages import page_pictures
from searchsvc.web.pages.citation import citation
from searchsvc.web.pages.document import MAX_COUNTED_CHARS
from searchsvc.web.pages.file_types import PDF, UNKNOWN, download_name
from searchsvc.web.pages.formatting import file_size, pages
from searchsvc.web.pages.text_windows import MAX_MARKS, WINDOW_CHARS
from tests.fixtures_web import SetEngine, make_document, make_hit, make_result
from tests.small_disk import fill, small_disk
from tests.test_pages_search import INLINE, links, text_of

PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 20


@pytest.fixture
def pdf(tmp_path: Path) -> Path:
    """A PDF of ten pages."""
    path = tmp_path / "zehn.pdf"
    canvas = Canvas(str(path))
    for number in range(1, 11):
        canvas.drawString(72, 720, f"Seite {number}")
        canvas.showPage()
    canvas.save()
    return path


def store_file(store: Store, folder: Path, content: bytes, document: Document | None = None) -> None:
    """Store a document with a file of this content."""
    path = folder / "original"
    path.write_bytes(content)
    store.documents.put(document or make_document(), original=path)


def test_page_shows_everything_the_old_site_did(web: FlaskClient, web_store: Store) -> None:
    """Title, Kommune, Größe, Datum, Erstellt, Aktualisiert, Vorgang, Aktenzeichen, Gremien, links and the text."""
    web_store.documents.put(make_document(web_url="https://rat.example/1", pages=("Absatz\neins", "<b>zwei</b>")))
    page = web.get("/dokumente/vorlage-1").text
    text = text_of(page).replace("\xa0", " ")
    for part in (
        "Kommunales Integrationszentrum", "Kommune Brühl", "Größe 51 kB", "Datum 13.11.2013",
        "Titel der Datei Vorlage (Arbeitsschwerpunkte des KI im REK)",
        "Erstellt 05.11.2013, 18:23", "Aktualisiert 05.11.2013, 18:23",
        "Aktenzeichen 312/2013", "Gremien Ausschuss für Soziales Rat", "Umfang 2 Seiten", "Dokument melden",
    ):  # fmt: skip
        assert part in text, part
    assert links(page)["Original bei der Kommune Brühl"] == "https://rat.example/1"
    assert 'id="seite-2"' in page
    assert "&lt;b&gt;zwei&lt;/b&gt;" in page
    assert not INLINE.search(page)


def test_page_of_a_document_of_which_nothing_is_known(web: FlaskClient, web_store: Store) -> None:
    """Missing metadata leaves no empty rows and no errors."""
    web_store.documents.put(Document(id="leer", title="leer"))
    page = web.get("/dokumente/leer")
    assert page.status_code == 200
    assert "Diese Datei enthält keinen lesbaren Text" in page.text
    assert "Datum unbekannt" in text_of(page.text)
    assert "None" not in page.text


def test_hits_are_marked_and_listed_by_page(web: FlaskClient, web_store: Store, set_engine: SetEngine) -> None:
    """With a query its words are marked, the pages that have some are linked, and there is a way back."""
    web_store.documents.put(make_document())
    page = web.get("/dokumente/vorlage-1?q=Integrationszentrum&exact=true").text
    assert "Das <mark>Integrationszentrum</mark> des Kreises." in page
    assert "1 Fundstelle auf Seite 2" in text_of(page).replace("\xa0", " ")
    assert links(page)["← Alle Treffer für „Integrationszentrum“"] == "/?q=Integrationszentrum&exact=true"
    assert ("highlight", "Integrationszentrum", True) in set_engine.others


def test_the_way_back_leads_to_the_same_hits(web: FlaskClient, web_store: Store, set_engine: SetEngine) -> None:
    """Filters, order, page and view are in each link of a hit, and in the way back; what is wrong is told there."""
    set_engine.result = make_result([make_hit()], total=99)
    address = "/?q=Kreis&date_from=2010-01-01&sort=-date&page=2&collapse=none&kommune=bruehl"
    target = links(web.get(address).text)["Kommunales Integrationszentrum"]
    web_store.documents.put(make_document())
    page = web.get(target).text
    assert links(page)["← Alle Treffer für „Kreis“"] == address
    assert links(page)["312/2013"] == "/?q=nr%3A%22312%2F2013%22&kommune=bruehl"  # a search of its own
    assert 'content="noindex, follow"' in page
    filtered = web.get("/dokumente/vorlage-1?kommune=bruehl&page=abc").text
    assert links(filtered)["← Zurück zu den Treffern"] == "/?q=&kommune=bruehl"
    assert 'role="alert"' not in filtered
    assert "←" not in web.get("/dokumente/vorlage-1?utm_source=x").text


@pytest.mark.parametrize(("asked", "shown"), [("7", 7), ("0", 1), ("99", 20), ("unsinn", 1), ("", 1)])
def test_a_form_leads_to_a_page(web: FlaskClient, web_store: Store, asked: str, shown: int) -> None:
    """A form names a number; the answer leads to the very place, and the field there keeps the number."""
    web_store.documents.put(make_document(pages=tuple(f"Seite {n} {'Wort ' * 2000}" for n in range(1, 21))))
    response = web.get(f"/dokumente/vorlage-1?q=Wort&sort=date&seite={asked}&gehe=1")
    target = f"/dokumente/vorlage-1?q=Wort&sort=date&seite={shown}#seite-{shown}"
    assert (response.status_code, response.headers["Location"]) == (303, target)
    page = web.get(target.partition("#")[0]).text
    assert re.search(rf'<input id="seite"[^>]* max="20" value="{shown}">', page)
    assert '<input type="hidden" name="sort" value="date">' in page


def test_a_page_is_called_after_its_vorgang(web: FlaskClient, web_store: Store) -> None:
    """The heading is what the hit was called by, and beside it stands which file of it this is."""
    web_store.documents.put(make_document(title="Abstimmungsergebnis_TOP 14.2 <b>"))
    page = web.get("/dokumente/vorlage-1").text
    assert '<h1 lang="de" dir="auto">Kommunales Integrationszentrum</h1>' in page
    assert '<span class="datei" lang="de" dir="auto">Abstimmungsergebnis TOP 14.2 &lt;b&gt;</span>' in page
    title = "Kommunales Integrationszentrum – Abstimmungsergebnis TOP 14.2 &lt;b&gt; – Ratsdokumente"
    assert f"<title>{title}</title>" in page
    web_store.documents.put(make_document(title="Haushalt", paper=None))
    page = web.get("/dokumente/vorlage-1").text
    assert "<title>Haushalt – Ratsdokumente</title>" in page
    assert 'class="datei"' not in page


def test_pages_can_be_linked_and_opened_in_the_pdf(web: FlaskClient, web_store: Store, tmp_path: Path) -> None:
    """Each page of the text has an address of its own and, where there is a PDF, the place in that."""
    store_file(web_store, tmp_path, b"%PDF-1.7")
    found = links(web.get("/dokumente/vorlage-1?q=Kreis").text)
    assert found["PDF auf Seite 2 öffnen"] == "/dokumente/vorlage-1/datei#page=2"
    assert found["Link zu Seite 2"] == "/dokumente/vorlage-1?seite=2#seite-2"
    web_store.documents.put(make_document("fern", access_url="https://rat.example/1.pdf"))
    assert links(web.get("/dokumente/fern").text)["PDF auf Seite 2 öffnen"] == "https://rat.example/1.pdf#page=2"
    for values in ({"mime_type": "text/plain", "access_url": "https://rat.example/1.txt"}, {"pages": ("Eine",)}):
        web_store.documents.put(make_document("ohne", **values))
        assert "PDF auf Seite" not in web.get("/dokumente/ohne").text


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({}, "Brühl: Kommunales Integrationszentrum. Vorlage 312/2013, Beschluss, 13.11.2013. URL"),
        (
            {"title": "Kommunales Integrationszentrum", "date": None},
            "Brühl: Kommunales Integrationszentrum. Vorlage 312/2013. URL",
        ),
        ({"paper": None, "kommune": None, "title": "Wie weiter?", "date": None}, "Wie weiter? URL"),
        ({"paper": Paper("p", None, None, "Antrag")}, "Brühl: Beschluss. Antrag, 13.11.2013. URL"),
    ],
)
def test_a_document_can_be_cited(values: dict[str, Any], text: str) -> None:
    """One line says who, what, which file, of when, where, and when that was; what is not known is left out."""
    document = make_document(**({"title": "Beschluss"} | values))
    late = datetime(2026, 11, 27, 23, 30, tzinfo=UTC)  # in Germany it is the next day
    assert citation(document, "URL", late) == f"{text} (abgerufen am 28.11.2026)"


@pytest.mark.parametrize("error", [IndexUnavailable("no index"), SearchTimeout(5)])
def test_document_can_be_read_without_an_index(
    web: FlaskClient, web_store: Store, set_engine: SetEngine, error: SearchIndexError
) -> None:
    """The document comes from the store; what needs the index, or takes too long, is said to be missing."""
    web_store.documents.put(make_document())
    set_engine.error = error
    page = web.get("/dokumente/vorlage-1?q=Kreis")
    assert page.status_code == 200
    assert "Das Integrationszentrum des Kreises." in page.text
    assert "Ähnliche Dokumente lassen sich im Moment nicht ermitteln." in page.text


def test_similar_documents_are_linked(web: FlaskClient, web_store: Store, set_engine: SetEngine) -> None:
    """Similar documents follow the text."""
    web_store.documents.put(make_document())
    set_engine.similar_hits = (make_hit("https://rat.example/2", title_html="Ähnlich", paper=None),)
    assert links(web.get("/dokumente/vorlage-1").text)["Ähnlich"] == "/dokumente/https:%2F%2Frat.example%2F2"


def test_too_long_query_is_named(web: FlaskClient, web_store: Store) -> None:
    """A query that cannot be used is reported and the document shown."""
    web_store.documents.put(make_document())
    page = web.get("/dokumente/vorlage-1", query_string={"q": "x" * 2001})
    assert page.status_code == 200
    assert "Die Angabe „Suchbegriff“ ist zu lang" in page.text
    assert f'value="{"x" * 2001}"' in page.text


def test_deleted_and_taken_down_documents_are_gone(
    web: FlaskClient, web_store: Store, tmp_path: Path, write_headers: dict[str, str]
) -> None:
    """All their pages answer 410 with a page, the API 404; what never was here is 404."""
    store_file(web_store, tmp_path, b"%PDF-1.4")
    web_store.documents.put(make_document("anders"))
    web_store.takedowns.take_down("vorlage-1", "x")
    web_store.documents.delete("anders")
    for path in ("", "/datei", "/seiten/1.webp"):
        response = web.get(f"/dokumente/vorlage-1{path}")
        assert (response.status_code, response.mimetype) == (410, "text/html")
        assert "<h1>Nicht mehr verfügbar</h1>" in response.text
        assert response.headers["Cache-Control"] == "no-store"
    assert web.post("/dokumente/vorlage-1/meldungen").status_code == 410
    assert web.get("/dokumente/anders").status_code == 410
    assert web.get("/dokumente/nie").status_code == 404
    assert web.get("/api/v1/documents/vorlage-1").status_code == 404
    put = web.put("/api/v1/documents/vorlage-1", json={"title": "x"}, headers=write_headers)
    assert put.status_code == 200
    assert web.get("/dokumente/vorlage-1").status_code == 410


def test_vorgang_has_its_other_files_and_meetings(web: FlaskClient, web_store: Store) -> None:
    """Other files are linked, oldest first; a council's server tells which Gremien met when."""
    paper = Paper("https://rat.example/paper/1", "Radverkehr", "2013/0456", "Vorlage")
    for name, day in (("a", 3), ("b", 1)):
        web_store.documents.put(make_document(name, title=f"Anlage {name}", date=date(2013, 1, day), paper=paper))
    web_store.documents.put(make_document(paper=paper, organizations=("Rat",)))
    page = web.get("/dokumente/vorlage-1").text
    assert page.index("Anlage b") < page.index("Anlage a")
    assert links(page)["Rat"] == "/?q=&kommune=bruehl&organization=Rat"
    objects = [
        OParlObject("vorlage-1", "file", "s"),
        OParlObject("p", "paper", "s", content={"id": "p", "meetings": ["m1", "m2", "m3"]}),
        OParlObject("m1", "meeting", "s", content={"date": "2013-12-09", "organizations": ["o"]}),
        OParlObject(
            "m2", "meeting", "s", content={"date": "2013-11-26", "name": "Sitzung", "web": "https://m.example"}
        ),
        OParlObject("m3", "meeting", "s", deleted="gone", content={"name": "Abgesagt"}),
        OParlObject("o", "organization", "s", content={"name": "Stadtrat"}),
    ]
    changes = OParlChanges(objects={one.id: one for one in objects}, mentions={"p": {"vorlage-1": "main"}})
    web_store.oparl_objects.commit(changes)
    page = web.get("/dokumente/vorlage-1").text
    assert "Beratungsfolge 26.11.2013 Sitzung 09.12.2013 Stadtrat" in text_of(page)
    assert links(page)["Sitzung"] == "https://m.example"
    assert "Abgesagt" not in page


def test_references_in_the_text_lead_to_what_they_name(web: FlaskClient, web_store: Store) -> None:
    """One document is linked itself, several by their search; the own reference and unknown ones are not."""
    for name, reference in (("a", "2013/0456"), ("b", "2013/0457"), ("c", "2013/0457")):
        web_store.documents.put(make_document(name, paper=Paper(f"p{name}", "P", f"Vorlage {reference}", None)))
    text = "Vorlage 2013/0456, 2013/0457, 2013/0458 und 312/2013."
    web_store.documents.put(make_document(pages=(text,)))
    found = links(web.get("/dokumente/vorlage-1").text)
    assert found["2013/0456"] == "/dokumente/a"
    assert found["2013/0457"] == "/?q=nr%3A%222013%2F0457%22&kommune=bruehl"
    assert "2013/0458" not in found
    assert found["312/2013"].startswith("/?q=nr")  # among the facts only
    assert web.get("/dokumente/vorlage-1").text.count(">312/2013<") == 1


def test_long_documents_are_shown_in_parts(web: FlaskClient, web_store: Store) -> None:
    """A page of the text is found by its number, parts lead on and back, and no page is heavy."""
    web_store.documents.put(make_document(pages=tuple(f"Seite {n} {'Wort ' * 2000}" for n in range(1, 21))))
    first = web.get("/dokumente/vorlage-1?q=Wort").text
    assert 'id="seite-1"' in first
    assert 'id="seite-9"' not in first
    found = links(first)
    assert found["Nächste Seiten →"].startswith("/dokumente/vorlage-1?q=Wort&seite=")
    assert found["Seite 20"] == "/dokumente/vorlage-1?q=Wort&seite=20#seite-20"
    last = web.get("/dokumente/vorlage-1?seite=20").text
    assert 'id="seite-20"' in last
    assert "← Vorige Seiten" in links(last)
    assert max(len(first), len(last)) < 65_000
    assert 'id="seite-1"' in web.get("/dokumente/vorlage-1?seite=unsinn").text


def test_other_sites_are_told_of_the_document(web: FlaskClient, web_store: Store) -> None:
    """schema.org data, Open Graph and the canonical address; a title cannot break out of the data."""
    web_store.documents.put(make_document(title="</script><script>alert(1)</script>"))
    page = web.get("/dokumente/vorlage-1?q=x").text
    data = json.loads(re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)[0])
    assert data["name"] == "</script><script>alert(1)</script>"
    assert (data["@type"], data["datePublished"], data["publisher"]["name"]) == (
        "DigitalDocument", "2013-11-13", "Brühl",
    )  # fmt: skip
    assert data["url"] == "http://localhost/dokumente/vorlage-1"
    assert '<meta property="og:title" content="&lt;/script&gt;' in page
    assert '<link rel="canonical" href="http://localhost/dokumente/vorlage-1">' in page
    assert "<script>alert" not in page


def test_file_is_shown_or_downloaded(web: FlaskClient, web_store: Store, tmp_path: Path) -> None:
    """A PDF opens in the browser under its name, or is saved; its name may have any characters."""
    store_file(web_store, tmp_path, b"%PDF-1.4 inhalt", make_document(file_name='gründe "x"; 1/2.pdf'))
    shown = web.get("/dokumente/vorlage-1/datei")
    assert (shown.status_code, shown.data, shown.mimetype) == (200, b"%PDF-1.4 inhalt", "application/pdf")
    assert shown.headers["Content-Disposition"].startswith("inline; ")
    assert "filename*=UTF-8''gr%C3%BCnde%20x%20%3B%201%202.pdf" in shown.headers["Content-Disposition"]
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert "script-src" not in shown.headers["Content-Security-Policy"]
    saved = web.get("/dokumente/vorlage-1/datei?download=1")
    assert saved.headers["Content-Disposition"].startswith("attachment; ")
    again = web.get("/dokumente/vorlage-1/datei", headers={"If-None-Match": shown.headers["ETag"]})
    assert again.status_code == 304
    part = web.get("/dokumente/vorlage-1/datei", headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.data) == (206, b"%PDF")
    for response in (shown, saved, again, part):
        response.close()


@pytest.mark.parametrize(
    ("content", "mime_type", "disposition"),
    [
        (b"<html><script>alert(1)</script>", "application/octet-stream", "attachment"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "application/octet-stream", "attachment"),
        (b"PK\x03\x04", "application/octet-stream", "attachment"),
        (PNG, "image/png", "inline"),
        (b"\xff\xd8\xff\xe0", "image/jpeg", "inline"),
        (b"garbage %PDF-1.4", "application/pdf", "inline"),
    ],
)
def test_content_decides_the_type_of_a_file(
    web: FlaskClient, web_store: Store, tmp_path: Path, content: bytes, mime_type: str, disposition: str
) -> None:
    """What someone said a file is counts for nothing: unknown content is only ever downloaded."""
    store_file(web_store, tmp_path, content, make_document(mime_type="text/html", file_name="seite.html"))
    response = web.get("/dokumente/vorlage-1/datei")
    assert response.mimetype == mime_type
    assert response.headers["Content-Disposition"].startswith(disposition)
    assert ("sandbox" in response.headers["Content-Security-Policy"]) is (mime_type != "application/pdf")
    response.close()


def test_document_without_file_leads_to_its_source(web: FlaskClient, web_store: Store) -> None:
    """When only the text is here, a 404 page links to the source."""
    web_store.documents.put(make_document(access_url="https://rat.example/datei.pdf"))
    response = web.get("/dokumente/vorlage-1/datei")
    assert response.status_code == 404
    assert links(response.text)["Zum Original dieses Dokuments"] == "https://rat.example/datei.pdf"
    assert "Öffnen" not in links(web.get("/dokumente/vorlage-1").text)


def test_lost_file_is_an_outage(web: FlaskClient, web_store: Store, tmp_path: Path) -> None:
    """A file that should be here and is not is the operator's problem, not a document without file."""
    store_file(web_store, tmp_path, b"%PDF-1.4")
    stored = web_store.documents.get("vorlage-1")
    assert stored is not None
    path = web_store.originals.path(str(stored.original_sha256))
    assert path is not None
    path.unlink()
    assert web.get("/dokumente/vorlage-1/datei").status_code == 503
    assert web.get("/dokumente/vorlage-1/seiten/1.webp").status_code == 404
    assert web.get("/dokumente/vorlage-1").status_code == 200


def test_files_removed_while_they_are_asked_for_are_no_defect(
    web: FlaskClient, web_store: Store, pdf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process may remove a file or a picture between finding and sending it."""
    web_store.documents.put(make_document(), original=pdf)
    gone = pdf.with_name("gone")
    with monkeypatch.context() as patched:
        patched.setattr(page_pictures.PagePictures, "picture", lambda *_: gone)
        assert web.get("/dokumente/vorlage-1/seiten/1.webp").status_code == 404
    with monkeypatch.context() as patched:
        # The folder goes with the document, after nothing could be drawn.
        patched.setattr(page_pictures.PagePictures, "_draw", lambda *_: None)
        assert web.get("/dokumente/vorlage-1/seiten/1.webp").status_code == 404
    monkeypatch.setattr(type(web_store.originals), "path", lambda *_: gone)
    assert web.get("/dokumente/vorlage-1/datei").status_code == 503
    assert web.get("/dokumente/vorlage-1/seiten/1.webp").status_code == 404
    assert web.get("/dokumente/vorlage-1").status_code == 200


@pytest.mark.parametrize(
    ("file_name", "title", "name"),
    [
        ("a.pdf", "T", "a.pdf"),
        ("A.PDF", "T", "A.PDF"),
        ("../../etc/passwd", "T", "etc passwd.pdf"),
        ("..\\x\u202efdp.exe", "T", "x fdp.exe.pdf"),
        (None, "Vorlage 1/2", "Vorlage 1 2.pdf"),
        ("...", "T", "dokument.pdf"),
        ("x" * 300, "T", "x" * 150 + ".pdf"),
    ],
)
def test_download_names_are_harmless(file_name: str | None, title: str, name: str) -> None:
    """Names have no paths, control characters or misleading ends."""
    document = replace(make_document(), file_name=file_name, title=title)
    assert download_name(document, PDF) == name
    assert download_name(make_document(file_name="a.docx"), UNKNOWN) == "a.docx"


def test_page_pictures(web: FlaskClient, web_store: Store, web_settings: Settings, pdf: Path) -> None:
    """Pages are drawn at the wanted width, once, and those that follow with them."""
    web_store.documents.put(make_document(), original=pdf)
    response = web.get("/dokumente/vorlage-1/seiten/2.webp?breite=300")
    assert (response.status_code, response.mimetype) == (200, "image/webp")
    assert Image.open(io.BytesIO(response.data)).width == 300
    response.close()
    drawn = sorted(path.name for path in (web_settings.data_dir / "cache" / "pages").rglob("*.webp"))
    assert drawn == [f"300-{number}.webp" for number in range(2, 10)]
    large = web.get("/dokumente/vorlage-1/seiten/10.webp?breite=1200")
    assert Image.open(io.BytesIO(large.data)).width == 1200
    large.close()
    assert 'src="/dokumente/vorlage-1/seiten/1.webp?breite=300"' in web.get("/dokumente/vorlage-1").text


@pytest.mark.parametrize(
    ("end", "status"),
    [
        ("0.webp", 404),
        ("11.webp", 404),
        ("x.webp", 404),
        ("99999999999999999999.webp", 404),
        ("1.webp?breite=301", 400),
    ],
)
def test_pictures_that_cannot_be(web: FlaskClient, web_store: Store, pdf: Path, end: str, status: int) -> None:
    """Pages that do not exist and widths nobody offers are refused."""
    web_store.documents.put(make_document(), original=pdf)
    assert web.get(f"/dokumente/vorlage-1/seiten/{end}").status_code == status


def test_damaged_pdf_has_no_pictures_and_is_tried_once(
    web: FlaskClient, web_store: Store, web_settings: Settings, tmp_path: Path
) -> None:
    """What cannot be drawn is 404, and the failure is remembered."""
    store_file(web_store, tmp_path, b"%PDF-1.4 kaputt")
    assert web.get("/dokumente/vorlage-1/seiten/1.webp").status_code == 404
    for number in range(1, 5):
        assert web.get(f"/dokumente/vorlage-1/seiten/{number}.webp").status_code == 404
    kept = [path for path in (web_settings.data_dir / "cache").rglob("*") if path.is_file()]
    assert [(path.name, path.read_text()) for path in kept] == [("pages.count", "0")]


def test_pages_that_there_are_not_cost_one_process_and_leave_one_file(
    web: FlaskClient, web_store: Store, web_settings: Settings, pdf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How many pages a PDF has is found out once; whatever others are asked for is answered without looking."""
    web_store.documents.put(make_document(), original=pdf)
    started: list[object] = []
    run = page_pictures.subprocess.run

    def counted(*arguments: Any, **named: Any) -> Any:
        started.append(arguments)
        return run(*arguments, **named)

    monkeypatch.setattr(page_pictures, "subprocess", SimpleNamespace(run=counted, TimeoutExpired=TimeoutError))
    for number in (11, 12, 500, 10_000, 10_001, 99_999_999_999):
        for width in page_pictures.WIDTHS:
            assert web.get(f"/dokumente/vorlage-1/seiten/{number}.webp?breite={width}").status_code == 404
    assert len(started) == 1
    assert [path.name for path in (web_settings.data_dir / "cache").rglob("*") if path.is_file()] == ["pages.count"]


def test_no_space_for_a_picture_is_no_fault_of_the_page(tmp_path: Path, pdf: Path) -> None:
    """While the disk is full there are no pictures, which is told as such; afterwards there are."""
    with small_disk(tmp_path / "disk", megabytes=2) as disk:
        settings = Settings(data_dir=disk)
        pictures = page_pictures.PagePictures(settings)
        filler = fill(disk)
        for _ in range(2):
            with pytest.raises(StorageFull):
                pictures.picture(pdf, "ab" * 32, 1, 300)
        filler.unlink()
        drawn = pictures.picture(pdf, "ab" * 32, 1, 300)
        assert drawn is not None
        names = {path.suffix for path in disk.rglob("*") if path.is_file()}
        assert names == {".webp", ".count"}


def test_a_huge_document_costs_no_more_than_is_shown(
    web: FlaskClient, web_store: Store, set_engine: SetEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a text of 8 MB the window is marked and a part is counted; the page says so, and is no heavier than others."""
    web_store.documents.put(make_document(pages=("Wort " * 1_600_000, "Wort " * 10)))
    lengths: list[int] = []
    marked = set_engine.highlight

    def measured(pages: Sequence[str], q: str, *, exact: bool = False) -> Sequence[str]:
        lengths.append(sum(map(len, pages)))
        return marked(pages, q, exact=exact)

    monkeypatch.setattr(set_engine, "highlight", measured)
    for address in ("", "&seite=2", "&seite=1&teil=100"):
        page = web.get(f"/dokumente/vorlage-1?q=Wort{address}").text
        assert sum(lengths) <= MAX_COUNTED_CHARS + 2 * WINDOW_CHARS
        assert "Das Dokument ist lang" in page
        assert len(page) < 80_000
        assert page.count("<mark>") <= MAX_MARKS
        lengths.clear()
    web.get("/dokumente/vorlage-1")
    assert sum(lengths) <= WINDOW_CHARS


def test_drawing_has_a_time_limit_and_one_place(
    web: FlaskClient, web_store: Store, pdf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that takes too long has no picture; whoever waits too long for the others is asked to come again."""
    web_store.documents.put(make_document(), original=pdf)
    monkeypatch.setattr(page_pictures, "TIMEOUT_S", 0.001)
    assert web.get("/dokumente/vorlage-1/seiten/1.webp").status_code == 404
    monkeypatch.setattr(page_pictures, "WAIT_S", 0.01)
    with page_pictures.drawing:
        response = web.get("/dokumente/vorlage-1/seiten/2.webp")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")


def test_reports_are_kept(web: FlaskClient, web_store: Store) -> None:
    """A reader's report is stored and thanked for; an unknown reason counts as another one."""
    web_store.documents.put(make_document("https://rat.example/1"))
    form = {"grund": "personenbezogene-daten", "nachricht": "Name auf Seite 2", "kontakt": "a@b.example"}
    response = web.post("/dokumente/https:%2F%2Frat.example%2F1/meldungen", data=form)
    assert response.status_code == 303
    target, _, place = response.headers["Location"].partition("#")
    page = web.get(target).text
    assert re.search(rf'<p [^>]*id="{place}"[^>]*>Vielen Dank', page)
    assert '<details id="meldung">' in page  # closed again
    web.post("/dokumente/https:%2F%2Frat.example%2F1/meldungen", data={"grund": "x", "nachricht": "y"})
    other, first = web_store.reports.list()
    assert (first.document_id, first.reason, first.contact) == (
        "https://rat.example/1", "Personenbezogene Daten", "a@b.example",
    )  # fmt: skip
    assert other.reason == "Sonstiges"
    assert web.post("/dokumente/nix/meldungen").status_code == 404


@pytest.mark.parametrize(
    ("form", "missing"),
    [
        ({"grund": "", "nachricht": ""}, ("grund", "nachricht")),
        ({"grund": "urheberrecht", "nachricht": " \n"}, ("nachricht",)),
        ({"grund": "", "nachricht": "Mein <Name>"}, ("grund",)),
        ({}, ("nachricht",)),
    ],
)
def test_an_empty_report_is_sent_back(
    web: FlaskClient, web_store: Store, form: dict[str, str], missing: tuple[str, ...]
) -> None:
    """Nothing is chosen beforehand; what is missing is named at its field, and what was written is kept."""
    web_store.documents.put(make_document())
    assert '<option value="" selected' not in web.get("/dokumente/vorlage-1").text
    assert '<option value="">Bitte wählen</option>' in web.get("/dokumente/vorlage-1").text
    response = web.post("/dokumente/vorlage-1/meldungen?q=Kreis&sort=date", data=form | {"kontakt": "a@b.example"})
    assert response.status_code == 400
    assert '<details id="meldung" open>' in response.text
    assert {name for name in ("grund", "nachricht") if f'id="{name}-fehlt"' in response.text} == set(missing)
    assert 'value="a@b.example"' in response.text
    assert ("Mein &lt;Name&gt;</textarea>" in response.text) == ("Mein" in form.get("nachricht", ""))
    assert web_store.reports.list() == []
    assert links(response.text)["← Alle Treffer für „Kreis“"] == "/?q=Kreis&sort=date"
    sent = web.post(
        "/dokumente/vorlage-1/meldungen?q=Kreis&sort=date", data={"grund": "urheberrecht", "nachricht": "x"}
    )
    assert sent.headers["Location"] == "/dokumente/vorlage-1?q=Kreis&sort=date&gemeldet=1#gemeldet"


def test_scanned_text_is_labelled(web: FlaskClient, web_store: Store) -> None:
    """Readers are told when text was recognised from a picture."""
    web_store.documents.put(make_document(text_quality=TextQuality.OCR))
    assert "aus einem Scan erkannt" in web.get("/dokumente/vorlage-1").text


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 Byte"), (999, "999 Byte"), (1000, "1 kB"), (51_200, "51 kB"), (999_499, "999 kB"), (999_600, "1,0 MB"),
        (1_250_000, "1,2 MB"), (12_500_000, "12 MB"), (3_000_000_000, "3,0 GB"),
    ],
)  # fmt: skip
def test_sizes_are_written_as_people_do(size: int, text: str) -> None:
    """Sizes have two or three digits and a unit."""
    assert file_size(size).replace("\xa0", " ") == text


def test_counts_agree_with_their_noun() -> None:
    """One page, two pages, thousands with a point."""
    assert [pages(n).replace("\xa0", " ") for n in (1, 2, 1234)] == ["1 Seite", "2 Seiten", "1.234 Seiten"]
