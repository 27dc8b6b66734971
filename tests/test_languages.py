"""German and English pages: the catalogue is complete, and addresses keep their language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from flask.testing import FlaskClient

from searchsvc.interface.links import encode_document_id
from searchsvc.settings import Settings
from searchsvc.store import Store
from searchsvc.web import create_app
from searchsvc.web.pages import languages
from tests.fixtures_web import SetEngine, make_document, make_facets, make_hit, make_result
from tests.test_pages_search import links, text_of

SOURCES = Path(languages.__file__).parents[2]
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
GERMAN = re.compile(r"[äöüßÄÖÜ„]|\b(?:und|oder|nicht|Treffer|Seite|Suche|Datum|Dokument|ohne|alle|weitere)\b")


def messages() -> Iterator[tuple[str, ...]]:
    """Yield every message of the source, with its plural if it has one."""
    found = extract_from_dir(
        SOURCES,
        method_map=[("**.py", "python"), ("web/templates/**.html", "jinja2")],
        options_map={"web/templates/**.html": {"trimmed": "true"}},
        keywords={"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)},
    )
    for _, _, message, _, _ in found:
        yield message if isinstance(message, tuple) else (message,)


@pytest.mark.parametrize("language", [code for code in languages.LANGUAGES if code != languages.DEFAULT])
def test_catalogues_have_every_message_and_no_other(language: str) -> None:
    """No message is untranslated, left over, uncertain, or has other placeholders than the source."""
    with (languages.CATALOGUES / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    known = {}
    for entry in catalogue:
        if entry.id:
            assert not entry.fuzzy, entry.id
            known[entry.id if isinstance(entry.id, tuple) else (entry.id,)] = entry.string
    assert set(known) == set(messages())
    for message, translation in known.items():
        for text in translation if isinstance(translation, tuple) else (translation,):
            assert text, message
            assert set(PLACEHOLDER.findall(text)) == set(PLACEHOLDER.findall(message[0])), message


def test_english_pages_are_english(web: FlaskClient, web_store: Store, set_engine: SetEngine) -> None:
    """Nothing of a page is German but what comes from the documents; dates and numbers are English."""
    web_store.documents.put(make_document())
    set_engine.result = make_result([make_hit(snippets=())] * 2, facets=make_facets(), total=12_345)
    for path in ("/en/?q=x&kommune=koeln&date_from=2012-01-01", "/en/hilfe", "/en/nix", "/en/dokumente/vorlage-1"):
        page = web.get(path).text
        assert '<html lang="en">' in page
        page = re.sub(r'<(\w+)[^>]* lang="de"[^>]*>.*?</\1>', "", page, flags=re.DOTALL)
        page = re.sub(r"Vorlage[^<]*|Ausschuss für Soziales|Brühl|Köln|Einleitung[^<]*|[^>]*Kreises[^<]*", "", page)
        assert GERMAN.findall(text_of(page).replace("Kommunales Integrationszentrum", "")) == [], path
    text = text_of(web.get("/en/?q=x").text).replace("\xa0", " ")
    assert "12,345 hits for “x”" in text
    assert "13 Nov 2013" in text


def test_addresses_keep_their_language(web: FlaskClient, set_engine: SetEngine) -> None:
    """Links stay in the language; what has none is the same for both; the other language is one link away."""
    set_engine.result = make_result([make_hit()], total=30)
    page = web.get("/en/?q=a%26b").text
    found = links(page)
    assert found["Next →"] == "/en/?q=a%26b&page=2"
    assert found["Deutsch"] == "/?q=a%26b"
    assert found["Kommunales Integrationszentrum"] == "/en/dokumente/vorlage-1?q=a%26b"
    assert found["Subscribe to new hits (feed)"] == "/feed.atom?q=a%26b"
    assert found["All documents as a table (CSV)"] == "/api/v1/export?format=csv&q=a%26b"
    assert 'action="/en/"' in page
    assert 'data-vorschlaege="/api/v1/suggest"' in page
    assert set(re.findall(r'(?:src|href)="(/[^/"]*/?)static', page)) <= {"/"}
    assert '<link rel="alternate" hreflang="de" href="/?q=a%26b">' in page
    assert links(web.get("/?q=a%26b").text)["English"] == "/en/?q=a%26b"


@pytest.mark.parametrize("path", ["/en/api/v1/search", "/en/feed.atom", "/en/metrics", "/english/", "/de/"])
def test_only_pages_have_a_language(web: FlaskClient, path: str) -> None:
    """Routes for programs are not doubled."""
    assert web.get(path).status_code == 404


def test_canonical_address_of_a_language(web: FlaskClient, web_store: Store) -> None:
    """Each language has its own address, whatever was searched."""
    web_store.documents.put(make_document())
    for base in ("", "/en"):
        page = web.get(f"{base}/dokumente/vorlage-1?q=x").text
        assert f'<link rel="canonical" href="http://localhost{base}/dokumente/vorlage-1">' in page


@pytest.mark.parametrize("document_id", ["a%2Fb", "100%", "50%25", "a/b", "ä%C3%A4", "x%41"])
def test_other_languages_lead_to_the_same_document(web: FlaskClient, web_store: Store, document_id: str) -> None:
    """Whatever is in an id, the link to the other language leads to it and back again."""
    for known in {document_id, "a/b", "xA"}:
        web_store.documents.put(replace(make_document(), id=known, title=f"Kennung {known}", paper=None))
    titles = []
    address = f"/dokumente/{encode_document_id(document_id)}"
    for other in ("English", "Deutsch", "English"):
        page = web.get(address).text
        titles.append(re.search(r"<title>([^<]*)</title>", page)[1])  # type: ignore[index]
        address = links(page)[other]
    assert all(title.startswith(f"Kennung {document_id} ") for title in titles), titles


@pytest.mark.parametrize(
    ("path", "public_url", "address"),
    [
        ("/?q=a%26b", None, "http://localhost/?q=a%26b"),
        ("/en/hilfe", None, "http://localhost/en/hilfe"),
        ("/en/hilfe", "https://rat.example/suche/", "https://rat.example/suche/en/hilfe"),
        ("/hilfe", "https://rat.example", "https://rat.example/hilfe"),
    ],
)
def test_printed_pages_have_their_address(
    web_settings: Settings, web_store: Store, set_engine: SetEngine, path: str, public_url: str | None, address: str
) -> None:
    """The whole address stands on paper: the one of the page, at the site's public address."""
    settings = web_settings.model_copy(update={"public_url": public_url})
    page = create_app(settings, engine=set_engine, store=web_store).test_client().get(path).text
    assert f'<p class="nur-gedruckt breite">{address.replace("&", "&amp;")}</p>' in page
