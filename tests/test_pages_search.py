"""The search page and the start page in every state they can be in."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from index.contract import (
    MISSING,
    Bucket,
    Collapse,
    Collapsed,
    CollapsedDocument,
    DateInterval,
    Facet,
    FacetName,
    FoundBy,
    IndexUnavailable,
    InvalidRequest,
    Kommune,
    NamedKommune,
    Paper,
    SearchRequest,
    SearchResult,
    SearchTimeout,
    SearchWarning,
    Snippet,
    Sort,
    Suggestion,
)
from searchsvc.documents.text import clean_line
from searchsvc.interface.parameters import page_search_request
from searchsvc.interface.search_url import page_search, parameters
from searchsvc.store import Store
from searchsvc.web.pages.headlines import short_title
from tests.fixtures_web import BRUEHL, SetEngine, make_document, make_facets, make_hit, make_result

INLINE = re.compile(
    r"<style|\sstyle=|\son[a-z]+=|javascript:"
    r'|<script(?! src="/static/[a-z]+\.js\?v=[0-9a-f]+" defer></script>)(?! type="application/ld\+json">)',
    re.IGNORECASE,
)
"""What the policy forbids: code within the page. Data for search engines is no code."""


def links(page: str) -> dict[str, str]:
    """Return the address of each link by its visible text."""
    found = re.findall(r'<a [^>]*?href="([^"]*)"[^>]*>(.*?)</a>', page, re.DOTALL)
    return {" ".join(unescape(re.sub(r"<[^>]+>", "", text)).split()): unescape(url) for url, text in found}


def boxes(page: str) -> dict[tuple[str, str], tuple[str, bool]]:
    """Return the boxes to tick: by name and value what is written beside each, and whether it is ticked."""
    found = re.findall(
        r'<label class="wert"><input type="checkbox" form="suche" name="([^"]*)" value="([^"]*)"( checked)?>'
        r"(.*?)</label>",
        page,
        re.DOTALL,
    )
    return {
        (name, unescape(value)): (" ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split()), bool(checked))
        for name, value, checked, text in found
    }


def bars(page: str) -> dict[str, str]:
    """Return the address of each bar of the histogram by its name."""
    found = re.findall(r'<a href="([^"]*)" rel="nofollow" class="saeule[^>]*? aria-label="([^"]*)"', page)
    return {unescape(name).replace("\xa0", " "): unescape(url) for url, name in found}


def text_of(page: str) -> str:
    """Return the page's text on one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_start_page_shows_what_is_in_the_collection(web: FlaskClient, set_engine: SetEngine) -> None:
    """Number of documents, Kommunen, the newest documents and examples that find something."""
    title = "Haushaltssatzung 2014"
    set_engine.result = make_result([make_hit(title=title, title_html=title, paper=None)])
    page = web.get("/").text
    assert "15 Dokumente aus 2 Kommunen, das neueste vom 13.11.2013" in text_of(page).replace("\xa0", " ")
    found = links(page)
    assert found["Brühl"] == "/?q=&kommune=bruehl"
    assert found["Haushaltssatzung 2014"] == "/dokumente/vorlage-1"
    assert found["Haushaltssatzung 1 Treffer"] == "/?q=Haushaltssatzung"
    assert set_engine.requests[0].collapse is Collapse.PAPER  # no three files of one Vorgang, and no sheets of votes


def test_examples_are_what_vorgaenge_are_about(web: FlaskClient, set_engine: SetEngine) -> None:
    """Files are called "Beschlussvorlage"; what can be searched for is in the names of their Vorgänge."""
    set_engine.result = make_result([make_hit(title="Beschlussvorlage", paper=Paper("p", "Spielplätze", "1", None))])
    found = links(web.get("/").text)
    assert found["Spielplätze 1 Treffer"] == "/?q=Spielpl%C3%A4tze"
    assert "Beschlussvorlage 1 Treffer" not in found


def test_start_page_of_an_empty_collection(web: FlaskClient, set_engine: SetEngine) -> None:
    """An empty collection is explained."""
    set_engine.documents_by_kommune = ()
    page = web.get("/")
    assert page.status_code == 200
    assert "Noch keine Dokumente" in page.text


def test_unknown_parameters_are_ignored(web: FlaskClient) -> None:
    """Parameters of others, such as campaign codes, change nothing."""
    assert "Wonach suchen Sie?" in web.get("/?utm_source=x").text
    assert 'role="alert"' not in web.get("/?q=x&utm_source=x").text


def test_hits_are_shown_with_everything_known(web: FlaskClient, set_engine: SetEngine) -> None:
    """A hit has title, Kommune, German date, type, reference, Vorgang, pages, size and excerpts that lead to pages."""
    set_engine.result = make_result([make_hit("https://rat.example/1")])
    page = web.get("/", query_string={"q": "Integrationszentrum Kreis"}).text
    text = text_of(page).replace("\xa0", " ")
    for part in ("Brühl", "13.11.2013", "Vorlage", "312/2013", "Kommunales Integrationszentrum", "2 Seiten", "51 kB"):
        assert part in text
    assert "Vorlage (<mark>Arbeitsschwerpunkte</mark> des KI im REK)</span>" in page
    target = "/dokumente/https:%2F%2Frat.example%2F1?q=Integrationszentrum%20Kreis"
    assert links(page)["Kommunales Integrationszentrum"] == target
    assert links(page)["Seite 2"] == f"{target}&seite=2#seite-2"
    assert "1 Treffer für „Integrationszentrum Kreis“" in text


def test_a_hit_is_a_vorgang_with_its_files(web: FlaskClient, set_engine: SetEngine) -> None:
    """The name of the Vorgang stands above, the file is named beside, the other files that were found are beneath."""
    others = tuple(CollapsedDocument(f"d{at}", f"Protokoll_GR TOP {at}", None, 1) for at in range(3))
    hit = make_hit(
        title="Abstimmungsergebnis TOP 14.2",
        title_html="<mark>Abstimmungsergebnis</mark> TOP 14.2",
        paper_name_html="Kommunales <mark>Integrationszentrum</mark>",
        collapsed=Collapsed(5, others),
    )
    set_engine.result = make_result([hit], total=1, total_documents=6)
    page = web.get("/?q=x").text
    assert set_engine.requests[0].collapse is Collapse.PAPER
    assert '<a href="/dokumente/vorlage-1?q=x" lang="de" dir="auto">Kommunales <mark>Integrationszentrum</mark>' in page
    assert '<span class="datei" lang="de" dir="auto"><mark>Abstimmungsergebnis</mark> · TOP\xa014.2</span>' in page
    found = links(page)
    assert found["Protokoll GR · TOP\xa02".replace("\xa0", " ")] == "/dokumente/d2?q=x"
    assert found["und 2 weitere"] == "/dokumente/vorlage-1?q=x#vorgang"
    assert "1 Treffer für „x“ (6 Dokumente)" in text_of(page).replace("\xa0", " ")
    assert 'aria-labelledby="treffer-1"' in page


def test_all_files_one_by_one_are_a_click_away(web: FlaskClient, set_engine: SetEngine) -> None:
    """The view is part of the address, of every link and of the form, and can be left again."""
    set_engine.result = make_result([make_hit()], total=30, total_documents=60)
    found = links(web.get("/?q=x&sort=date&page=2").text)
    assert found["Alle Dateien einzeln"] == "/?q=x&sort=date&collapse=none"
    page = web.get(found["Alle Dateien einzeln"]).text
    assert set_engine.requests[-1].collapse is None
    assert links(page)["Nach Vorgängen"] == "/?q=x&sort=date"
    assert links(page)["Weiter →"] == "/?q=x&sort=date&page=2&collapse=none"
    assert '<input type="hidden" name="collapse" value="none">' in page
    csv = "/api/v1/export?format=csv&separator=semicolon&q=x&sort=date"
    assert links(page)["Alle Dokumente als Tabelle (CSV)"] == csv
    assert 'role="alert"' not in web.get("/?q=x&collapse=paper").text
    for wrong in ("collapse=foo", "collapse=none&collapse=none", "collapse="):
        web.get(f"/?q=x&{wrong}")
        assert set_engine.requests[-1].collapse is Collapse.PAPER


@pytest.mark.parametrize("title", ["Lageplan", "Kommunales Integrationszentrum – Lageplan"])
def test_the_vorgang_is_told_once(web: FlaskClient, set_engine: SetEngine, title: str) -> None:
    """A title that begins with the name of the Vorgang is told without it beside."""
    set_engine.result = make_result([make_hit(title=title, title_html=title)])
    page = web.get("/", query_string={"q": "Lageplan"}).text
    assert '<span class="datei" lang="de" dir="auto">Lageplan</span>' in page


@pytest.mark.parametrize(
    ("title", "label"),
    [
        ("Abstimmungsergebnis TOP 14.2", "Abstimmungsergebnis · TOP\xa014.2"),
        ("Stellungnahme, TOP 3", "Stellungnahme · TOP\xa03"),
        ("Abstimmungsergebnis_Top7a", "Abstimmungsergebnis · TOP\xa07a"),
        ("Protokoll GR - TOP 5", "Protokoll GR · TOP\xa05"),
        ("TOP 5", "TOP 5"),
        ("TOP 5, Antrag", "Antrag · TOP\xa05"),
        ("TOP 12 - STELLUNGNAHME Nordring", "STELLUNGNAHME Nordring · TOP\xa012"),
        ("TOP 28 Protokoll", "Protokoll · TOP\xa028"),
        ("TOP 5 und 6 Anlage", "TOP 5 und 6 Anlage"),
        ("TOP 16 a", "TOP 16 a"),
        ("TOP 1, TOP 2", "TOP 1 · TOP\xa02"),
        ("Topographie 12", "Topographie 12"),
        ("Stopp 12", "Stopp 12"),
        ("Protokoll GR 30.09.2025 TOP 5 und 6", "Protokoll GR 30.09.2025 TOP 5 und 6"),
        ("Anlage <b> & TOP 1", "Anlage &lt;b&gt; &amp; TOP 1"),
    ],
)
def test_titles_of_files_are_labels(title: str, label: str) -> None:
    """The item of the agenda at an end of a title is set apart; nothing else is changed, and all is escaped."""
    assert short_title(title) == label


def test_page_uses_all_facets_and_the_parameters_of_the_api(web: FlaskClient, set_engine: SetEngine) -> None:
    """The page understands the API's parameters and always counts everything it shows."""
    web.get("/?q=x&kommune=koeln&date_from=2012-01-01&sort=-date&page=2&per_page=12&exact=true")
    wanted = SearchRequest(
        q="x", kommune=("koeln",), date_from=date(2012, 1, 1), sort=Sort.DATE_DESC, page=2, per_page=12, exact=True,
        collapse=Collapse.PAPER,
    )  # fmt: skip
    assert replace(set_engine.requests[0], facets=wanted.facets, explain=False) == wanted
    assert set_engine.requests[0].explain  # the page says how each hit was found
    assert set(set_engine.requests[0].facets) == set(FacetName)


@pytest.mark.parametrize(
    ("query", "notice"),
    [
        ("page=abc", "Die Angabe „Seite“ muss eine ganze Zahl sein (ab 1), angegeben ist „abc“."),
        ("per_page=500", "Die Angabe „Treffer je Seite“ muss eine ganze Zahl sein (1 bis 15)"),
        ("per_page=16", "Die Angabe „Treffer je Seite“ muss eine ganze Zahl sein (1 bis 15), angegeben ist „16“."),
        ("date_from=gestern", "Die Angabe „Datum von“ ist kein gültiges Datum: „gestern“."),
        ("date_from=2014-01-01&date_to=2013-01-01", "Die Angabe „Datum bis“ liegt vor „Datum von“."),
        ("sort=foo", "Die Angabe „Sortierung“ kennt den Wert „foo“ nicht"),
        ("text_quality=gut", "Die Angabe „Textqualität“ kennt den Wert „gut“ nicht"),
        ("cursor=a&page=2", "Die Angabe „Seite“ lässt sich hier nicht angeben."),
    ],
)
def test_invalid_parameters_are_named_and_the_search_still_runs(
    web: FlaskClient, set_engine: SetEngine, query: str, notice: str
) -> None:
    """Nothing is dropped silently: a notice names the field in German, and the rest is searched."""
    page = web.get(f"/?{query}&kommune=koeln")
    assert page.status_code == 200
    assert notice in text_of(page.text)
    assert "Gesucht wurde ohne sie." in text_of(page.text)
    assert set_engine.requests[0].kommune == ("koeln",)


@pytest.mark.parametrize(
    ("typed", "notice"),
    [
        (["Radweg " * 300], "Ihre Suche hat 2.100 Zeichen, möglich sind 1.000."),
        (["x" * 1001], "Ihre Suche hat 1.001 Zeichen, möglich sind 1.000."),
        (["Radweg", "Haushalt"], "Der Suchbegriff ist mehrfach angegeben."),
    ],
)
def test_words_that_cannot_be_searched_are_kept(
    web: FlaskClient, set_engine: SetEngine, typed: list[str], notice: str
) -> None:
    """Without its words a search would find everything: nothing is searched, and what was typed stays in the box."""
    page = web.get("/", query_string={"q": typed, "kommune": "koeln"})
    assert page.status_code == 200
    assert notice in text_of(page.text).replace("\xa0", " ")
    assert f'value="{" ".join(typed)}" maxlength' in page.text
    assert set_engine.requests == []
    assert not re.search(r'class="treffer"|Keine Treffer', page.text)
    assert 'id="stand"' in page.text  # or the script could not show it


@pytest.mark.parametrize(("total", "last"), [(35, 4), (10_000, 1000), (41_030, 1000)])
@pytest.mark.parametrize("page", [1001, 2000, 10**14])
def test_pages_beyond_what_can_be_numbered(
    web: FlaskClient, set_engine: SetEngine, page: int, total: int, last: int
) -> None:
    """The first page is not passed off as another one: it is said where pages end, with a link there."""
    set_engine.result = make_result([make_hit()], total=total)
    text = web.get(f"/?q=x&kommune=bruehl&page={page}").text
    found = links(text)
    assert found[f"Seite {last:,}".replace(",", ".")] == f"/?q=x&page={last}&kommune=bruehl"
    assert 'class="treffer"' not in text
    assert ("So weit reichen die Nummern der Seiten nicht" in text) == (total > 10_000)
    assert "Gesucht wurde ohne sie" not in text
    set_engine.result = make_result()
    assert "Keine Treffer" in web.get(f"/?q=x&page={page}").text


def test_foreign_scripts_turn_no_quotes(web: FlaskClient, set_engine: SetEngine) -> None:
    """Words written from right to left are set apart from the German around them, wherever they are put into it."""
    word = "مدرسة"
    isolated = f"„\N{FIRST STRONG ISOLATE}{word}\N{POP DIRECTIONAL ISOLATE}“"
    missing = FoundBy(word, "part", word)
    warning = SearchWarning("unknown_kommune", "", word)
    set_engine.result = make_result([make_hit(found_by=(missing,))], total_all_words=0, warnings=(warning,))
    pages = [web.get(f"/?q={word}").text]
    set_engine.result = make_result()
    pages += [web.get(f"/?q={word}").text, web.get(f"/?q={word} x&kommune={word}&date_from={word}").text]
    for page in pages:
        assert isolated in page
        assert f"„{word}" not in page
        assert re.search(r'<input id="q"[^>]* dir="auto"', page)


def test_what_only_the_engine_can_refuse_is_named_too(web: FlaskClient, set_engine: SetEngine) -> None:
    """A cursor of another search is reported and left out."""

    def refuse_cursor(request: SearchRequest) -> SearchResult:
        if request.cursor:
            raise InvalidRequest("cursor", "belongs to another search")
        return make_result([make_hit()])

    set_engine.result = refuse_cursor
    page = web.get("/?q=x&cursor=abc")
    assert "Die Angabe „Fortsetzung“ ist ungültig" in text_of(page.text)
    assert "1 Treffer" in text_of(page.text).replace("\xa0", " ")


def test_request_that_no_change_can_mend_is_refused(web: FlaskClient, set_engine: SetEngine) -> None:
    """When the engine refuses what nobody asked for, the page says so with 400 and does not try for ever."""
    set_engine.error = InvalidRequest("facets", "cannot be counted")
    response = web.get("/?q=x")
    assert (response.status_code, response.mimetype) == (400, "text/html")
    assert "Anfrage nicht verständlich" in response.text


def test_empty_form_fields_count_as_not_given(web: FlaskClient, set_engine: SetEngine) -> None:
    """A form sends all its fields; the empty ones are no problem."""
    page = web.get("/?q=x&kommune=&date_from=&date_to=")
    assert 'role="alert"' not in page.text
    assert set_engine.requests[0] == page_search(q="x", facets=set_engine.requests[0].facets, explain=True)


def test_facets_link_to_narrower_searches(web: FlaskClient, set_engine: SetEngine) -> None:
    """Each value has a box in the one form, which keeps the order of the hits; each year a bar that is a link."""
    set_engine.result = make_result([make_hit()], facets=make_facets())
    page = web.get("/?q=x&page=1&sort=date").text
    found = boxes(page)
    assert found["kommune", "koeln"] == ("Köln 3", False)
    assert found["kommune", MISSING] == ("ohne Kommune 1", False)
    assert found["date_missing", "true"] == ("ohne Datum 1", False)
    assert '<input type="hidden" name="sort" value="date">' in page
    assert 'name="page"' not in page
    assert bars(page)["2013: 11 Dokumente"] == "/?q=x&date_from=2013-01-01&date_to=2013-12-31&sort=date"


def test_selected_values_can_be_removed(web: FlaskClient, set_engine: SetEngine) -> None:
    """A selected value and its chip lead to the search without it, however its name was spelt."""
    kommune = Facet(FacetName.KOMMUNE, (Bucket("bruehl", "Brühl", 0, selected=True), Bucket("koeln", "Köln", 3)))
    year = Facet(
        FacetName.DATE,
        (Bucket("2013", "2013", 0, selected=True, start=date(2013, 1, 1), end=date(2013, 12, 31)),),
        interval=DateInterval.YEAR,
    )
    set_engine.result = make_result(facets=(kommune, year))
    page = web.get("/?q=x&kommune=BRÜHL&date_from=2013-01-01&date_to=2013-12-31").text
    found = links(page)
    assert found["Filter entfernen: Kommune: Brühl ×"] == "/?q=x&date_from=2013-01-01&date_to=2013-12-31"
    assert found["Filter entfernen: Datum: 2013 ×"] == "/?q=x&kommune=bruehl"
    assert boxes(page)["kommune", "bruehl"] == ("Brühl 0", True)
    assert 'name="date_from" type="date" value="2013-01-01"' in page
    assert found["Alle Filter entfernen"] == "/?q=x"


def test_years_of_a_span_narrow_it(web: FlaskClient, set_engine: SetEngine) -> None:
    """When a span has several years, each of them is marked and leads to itself alone."""
    years = tuple(
        Bucket(str(year), str(year), 1, selected=True, start=date(year, 1, 1), end=date(year, 12, 31))
        for year in (2012, 2013)
    )
    facet = Facet(FacetName.DATE, years, interval=DateInterval.YEAR)
    set_engine.result = make_result([make_hit()], facets=(facet,))
    page = web.get("/?q=x&date_from=2012-01-01&date_to=2013-12-31").text
    assert page.count("saeule drin") == 2
    assert bars(page)["2013: 1 Dokument"] == "/?q=x&date_from=2013-01-01&date_to=2013-12-31"
    assert "Filter entfernen: Datum: 2012–2013 ×" in links(page)


def test_unknown_kommune_stays_removable(web: FlaskClient, set_engine: SetEngine) -> None:
    """A Kommune nobody knows is shown as it was given, beside one that was recognised."""
    kommune = Facet(FacetName.KOMMUNE, (Bucket("bruehl", "Brühl", 4, selected=True),))
    set_engine.result = make_result([make_hit()], facets=(kommune,))
    page = web.get("/?q=x&kommune=bruehl&kommune=Nirgendwo").text
    assert boxes(page)["kommune", "Nirgendwo"] == ("Nirgendwo 0", True)
    found = links(page)
    assert found["Filter entfernen: Kommune: Nirgendwo ×"] == "/?q=x&kommune=bruehl"


@pytest.mark.parametrize(
    ("query", "label"),
    [
        ("date_from=2013-05-01", "Datum: ab 01.05.2013"),
        ("date_to=2013-05-01", "Datum: bis 01.05.2013"),
        ("date_from=2013-05-01&date_to=2013-05-01", "Datum: 01.05.2013"),
        ("date_missing=true", "ohne Datum"),
        ("text_quality=ocr", "Textqualität: aus einem Scan erkannt"),
        ("mime_type=application/pdf", "Dateiformat: PDF"),
        (f"organization={MISSING}", "Gremium: ohne Gremium"),
        ("exact=true", "Nur genau diese Schreibweise"),
    ],
)
def test_every_filter_has_a_chip(web: FlaskClient, query: str, label: str) -> None:
    """Whatever narrows a search is shown and can be removed."""
    assert links(web.get(f"/?q=x&{query}").text)[f"Filter entfernen: {label} ×"] == "/?q=x"


def test_months_of_a_selected_year(web: FlaskClient, set_engine: SetEngine) -> None:
    """When a span is selected, only the months of its years have bars."""
    starts = [date(year, month, 1) for year in (2012, 2013) for month in (1, 2)]
    buckets = tuple(Bucket(f"{day:%Y-%m}", f"{day:%Y-%m}", 1, start=day, end=day.replace(day=28)) for day in starts)
    month = Facet(FacetName.DATE, buckets, missing=2, missing_selected=True, interval=DateInterval.MONTH)
    set_engine.result = make_result([make_hit()], facets=(month,))
    page = web.get("/?q=x&date_from=2013-01-01&date_to=2013-12-31&date_interval=month&date_missing=true").text
    assert list(bars(page)) == ["Januar 2013: 1 Dokument", "Februar 2013: 1 Dokument"]
    assert boxes(page)["date_missing", "true"] == ("ohne Datum 2", True)


def test_months_can_be_counted(web: FlaskClient, set_engine: SetEngine) -> None:
    """The date facet switches between years and months; months are named in German."""
    month = Facet(
        FacetName.DATE,
        (
            Bucket("2012-12", "2012-12", 1, start=date(2012, 12, 1), end=date(2012, 12, 31)),
            Bucket("2013-03", "2013-03", 2, start=date(2013, 3, 1), end=date(2013, 3, 31)),
        ),
        interval=DateInterval.MONTH,
    )
    set_engine.result = make_result([make_hit()], facets=(month,))
    page = web.get("/?q=x&date_interval=month").text
    found = bars(page)
    assert found["März 2013: 2 Dokumente"].startswith("/?q=x&date_from=2013-03-01&date_to=2013-03-31")
    assert list(found)[1] == "Januar 2013: 0 Dokumente"  # time has no gaps
    assert links(page)["Nach Jahren zählen"] == "/?q=x"


def test_long_facets_unfold(web: FlaskClient, set_engine: SetEngine) -> None:
    """Only the first values are visible; more unfold without scripts, and the rest has a link."""
    buckets = tuple(Bucket(f"k{n}", f"Ort {n}", 100 - n) for n in range(30))
    set_engine.result = make_result([make_hit()], facets=(Facet(FacetName.KOMMUNE, buckets, other=17),))
    page = web.get("/?q=x").text
    assert "<summary>23 weitere</summary>" in page
    assert "finde-kommune" in page
    assert links(page)["Alle Werte zeigen"] == "/?q=x&facet_size=1000"


@pytest.mark.parametrize(
    ("code", "german"),
    [
        ("unbalanced_quote", "Ein Anführungszeichen hat kein Gegenstück."),
        ("unknown_kommune", "Die Kommune „Bru“ ist hier nicht bekannt."),
        ("something_new", "Ein Teil der Eingabe wurde nicht verstanden und als einfache Wörter gesucht: „Bru“."),
    ],
)
def test_warnings_are_german(web: FlaskClient, set_engine: SetEngine, code: str, german: str) -> None:
    """Warnings are translated by code; one that is not known yet is still told."""
    set_engine.result = make_result([make_hit()], warnings=(SearchWarning(code, "English text", "Bru"),))
    page = web.get("/?q=x").text
    assert german in text_of(page)
    assert "English text" not in page


def test_relaxed_results_say_so(web: FlaskClient, set_engine: SetEngine) -> None:
    """Partial matches are not passed off as full ones: how many have all words, where others begin, what these lack."""
    partial = make_hit("b", missing=("y",))
    set_engine.result = make_result([partial], relaxed=True, total_all_words=0)
    assert "Kein Treffer enthält alle Suchwörter." in web.get("/?q=x+y").text
    set_engine.result = make_result([make_hit(), partial], relaxed=True, total=20, total_all_words=1)
    page = web.get("/?q=x+y&kommune=koeln").text
    assert "Kein Treffer enthält alle Suchwörter." not in page
    assert "ohne <s><bdi>y</bdi></s>" in page
    assert links(page)["1 mit allen Wörtern"] == "/?q=x%20y&all_words=true&kommune=koeln"
    first, second = page.split("Hier beginnen Treffer, denen ein Suchwort fehlt.")
    assert ("/dokumente/vorlage-1" in first, "/dokumente/b" in second) == (True, True)
    chosen = web.get("/?q=x+y&all_words=true").text
    assert set_engine.requests[-1].all_words
    assert links(chosen)["Filter entfernen: nur mit allen Wörtern ×"] == "/?q=x%20y"


def test_did_you_mean_keeps_the_filters(web: FlaskClient, set_engine: SetEngine) -> None:
    """A better spelling is offered under the same filters."""
    set_engine.result = make_result(did_you_mean=Suggestion("radweg sicher", 40))
    found = links(web.get("/?q=radwegg&kommune=koeln").text)
    assert found["radweg sicher"] == "/?q=radweg%20sicher&kommune=koeln"


def test_no_hits_proposes_what_to_leave_out(web: FlaskClient, set_engine: SetEngine) -> None:
    """Without hits the page says which filter hides how many."""

    def answer(request: SearchRequest) -> SearchResult:
        hidden = (12 if not request.kommune else 0) + (5 if not request.date_from else 0)
        return make_result(total=hidden, facets=())

    set_engine.result = answer
    page = web.get("/?q=x&kommune=koeln&date_from=2013-01-01&exact=true").text
    found = links(page)
    text = text_of(page).replace("\xa0", " ")
    assert "Keine Treffer für „x“" in text
    assert "Es gibt Treffer, wenn Sie etwas weglassen" in text
    assert found["ohne alle Filter"] == "/?q=x"
    assert "ohne alle Filter : 17 Treffer" in text
    assert "ohne den Filter „Kommune: koeln“ : 12 Treffer" in text
    assert "genaue Suche“" not in text
    assert found["Suchen Sie auch nach anderen Wortformen"] == "/?q=x&date_from=2013-01-01&kommune=koeln"


def test_no_hits_names_the_word_that_is_to_blame(web: FlaskClient, set_engine: SetEngine) -> None:
    """A word that is nowhere is named; leaving out the one that excludes everything has its count."""

    def answer(request: SearchRequest) -> SearchResult:
        totals = {"radweg": 7, '"am Rhein"': 2, 'radweg "am Rhein"': 1, "-stadt": 9}
        return make_result(total=totals.get(request.q, 0), facets=(), relaxed=request.q == "radweg -stadt qqq")

    set_engine.result = answer
    page = web.get("/", query_string={"q": 'radweg "am Rhein" qqq'}).text
    text = text_of(page).replace("\xa0", " ")
    assert "ohne „qqq“ : 1 Treffer" in text
    assert "In keinem Dokument der Sammlung steht: „qqq“" in text
    assert links(page)["ohne „qqq“"] == "/?q=radweg%20%22am%20Rhein%22"
    assert "ohne „radweg“" not in text
    assert "weglassen" not in web.get("/?q=qqq OR zzz").text


def test_kommunen_are_grouped_by_land_and_kreis(web: FlaskClient, set_engine: SetEngine) -> None:
    """Folded Kommunen of several Länder stand below their Land, those that share a Kreis below its key."""
    keys = ["05362012", "05362016", "05315000", "09562000", None]
    kommunen = [Kommune(f"k{n}", f"Ort {n}", keys[(n - 7) % 5] if n >= 7 else None) for n in range(17)]
    set_engine.documents_by_kommune = tuple((kommune, 1) for kommune in kommunen)
    buckets = tuple(Bucket(kommune.id, kommune.name, 1) for kommune in kommunen)
    set_engine.result = make_result([make_hit()], facets=(Facet(FacetName.KOMMUNE, buckets),))
    page = web.get("/?q=x").text
    assert re.findall(r'<h3 class="gruppe">([^<]*)</h3>', page) == [
        "Bayern", "Nordrhein-Westfalen", "Nordrhein-Westfalen, Kreis 05362", "Land nicht bekannt",
    ]  # fmt: skip
    assert page.count('name="kommune"') == 17


def test_page_beyond_the_end_leads_back(web: FlaskClient, set_engine: SetEngine) -> None:
    """After the last page there is a link to it."""
    set_engine.result = make_result(total=35)
    page = web.get("/?q=x&page=9").text
    assert links(page)["Seite 4"] == "/?q=x&page=4"
    assert "So viele Seiten gibt es nicht" in page
    assert "Keine Treffer" not in page


def test_paging(web: FlaskClient, set_engine: SetEngine) -> None:
    """Neighbouring pages, the first and the last are linked; the filters stay."""
    set_engine.result = make_result([make_hit(str(n)) for n in range(10)], total=300)
    found = links(web.get("/?q=x&kommune=koeln&page=15").text)
    numbered = [text for text, url in found.items() if re.fullmatch(r"Seite \d+", text) and url.startswith("/?")]
    assert numbered == ["Seite 1", "Seite 13", "Seite 14", "Seite 16", "Seite 17", "Seite 30"]
    assert found["← Zurück"] == "/?q=x&page=14&kommune=koeln"
    assert found["Weiter →"] == "/?q=x&page=16&kommune=koeln"


def test_after_the_last_numbered_page_a_cursor_leads_on(web: FlaskClient, set_engine: SetEngine) -> None:
    """More hits than pages can number are reached all the same."""
    set_engine.result = make_result([make_hit()], total=50_000, next_cursor="abc=")
    assert links(web.get("/?q=x&page=1000").text)["Weiter →"] == "/?q=x&cursor=abc%3D"
    assert links(web.get("/?q=x&cursor=vorher").text)["Weiter →"] == "/?q=x&cursor=abc%3D"


def test_everything_foreign_is_escaped(web: FlaskClient, set_engine: SetEngine) -> None:
    """Queries, titles, names and filter values never become markup; only the engine's marks do."""
    evil = "<script>alert(1)</script>\"'>"
    hit = make_hit(
        evil,
        title=evil,
        title_html="&lt;script&gt;",
        paper=Paper(name=evil, reference=evil, type=evil),
        kommune=Kommune(evil, evil),
        snippets=(Snippet(1, "&lt;script&gt; <mark>x</mark>"),),
    )
    facet = Facet(FacetName.ORGANIZATION, (Bucket(evil, evil, 1, selected=True), Bucket("b", "b", 1)))
    set_engine.result = make_result(
        [hit], facets=(facet,), did_you_mean=Suggestion(evil, 1), warnings=(SearchWarning("x", "", evil),)
    )
    page = web.get("/", query_string={"q": evil, "organization": evil, "sort": evil}).text
    assert "<script>" not in page
    assert "<mark>x</mark>" in page
    assert not INLINE.search(page.replace(" aria-", " "))


@pytest.mark.parametrize("url", ["/", "/?q=x", "/?q=", "/hilfe", "/nix", "/?q=x&page=99&sort=foo"])
def test_pages_have_no_inline_script_or_style_and_the_landmarks(
    web: FlaskClient, set_engine: SetEngine, url: str
) -> None:
    """The policy forbids inline scripts and styles; every page has language, title, main, and a skip link."""
    set_engine.result = make_result([make_hit()])
    page = web.get(url).text
    assert not INLINE.search(page)
    assert page.startswith('<!doctype html>\n<html lang="de">')
    for part in ("<title>", '<main id="inhalt"', 'href="#inhalt"', "<header", "<footer"):
        assert part in page
    assert len(re.findall("<h1[ >]", page)) == 1
    for name in re.findall(r"<(?:input|select|textarea) id=\"([^\"]+)\"", page):
        assert f'for="{name}"' in page
    page = re.sub(r'<link rel="canonical" [^>]*>', "", page)
    hosts = {urlsplit(url).netloc for url in re.findall(r'(?:src|href|action)="([^"]*)"', page)}
    assert hosts <= {""}


def test_error_pages_are_german(web: FlaskClient) -> None:
    """Unknown addresses and wrong methods have a German page with the right status."""
    for response, status, heading in (
        (web.get("/nix"), 404, "Nicht gefunden"),
        (web.post("/"), 405, "Nicht möglich"),
        (web.get("/dokumente/nix"), 404, "Nicht gefunden"),
    ):
        assert response.status_code == status
        assert response.mimetype == "text/html"
        assert f"<h1>{heading}</h1>" in response.text


def test_what_is_gone_leads_on_to_a_search(web: FlaskClient, web_store: Store, set_engine: SetEngine) -> None:
    """Nothing is promised that is not there: a box to search, with what one came from, also while no index is."""
    web_store.documents.put(make_document())
    web_store.takedowns.take_down("vorlage-1", "x")
    set_engine.error = IndexUnavailable("no index")
    for path, status in (("/dokumente/vorlage-1", 410), ("/nix", 404), ("/dokumente/nix", 404)):
        response = web.get(f"{path}?q=Radweg&kommune=bruehl")
        assert response.status_code == status
        assert "Ähnliches" not in response.text
        assert re.search(r'<input id="q"[^>]* value="Radweg"', response.text)
    assert "wurde aus der Sammlung entfernt. Über die Suche finden Sie andere." in web.get("/dokumente/vorlage-1").text


def test_browser_search_plug_in(web: FlaskClient) -> None:
    """Browsers find a description that leads to the search page."""
    assert 'href="/opensearch.xml"' in web.get("/").text
    response = web.get("/opensearch.xml")
    assert response.mimetype == "application/opensearchdescription+xml"
    assert 'template="http://localhost/?q={searchTerms}"' in response.text


_VALUES = st.lists(
    # In the form that fields of documents have, and so what filters are read as.
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1).map(clean_line).filter(str.strip),
    max_size=3,
)


@given(
    st.builds(
        SearchRequest,
        q=st.text(st.characters(exclude_categories=["Cs"]), max_size=50).map(str.strip),
        kommune=_VALUES.map(lambda values: tuple(dict.fromkeys(values))),
        organization=_VALUES.map(lambda values: tuple(dict.fromkeys(values))),
        date_from=st.none() | st.dates(max_value=date(2000, 1, 1)),
        date_to=st.none() | st.dates(min_value=date(2000, 1, 1)),
        date_missing=st.booleans(),
        sort=st.sampled_from(Sort),
        page=st.integers(1, 100),
        per_page=st.integers(1, 100),
        date_interval=st.sampled_from(DateInterval),
        highlight=st.booleans(),
        exact=st.booleans(),
        collapse=st.sampled_from([None, Collapse.PAPER]),
    )
)
def test_the_address_holds_the_whole_state(request: SearchRequest) -> None:
    """A search written as parameters is read back as the same search."""
    given_pairs: dict[str, list[str]] = {}
    for name, value in parameters(request):
        given_pairs.setdefault(name, []).append(value)
    assert page_search_request(given_pairs) == (request, ())


def test_addresses_are_encoded(web: FlaskClient, set_engine: SetEngine) -> None:
    """Special characters of a query survive the way through a link."""
    set_engine.result = make_result([make_hit()], total=30)
    query = 'a&b=c +d "e" ä#?%'
    target = links(web.get("/", query_string={"q": query}).text)["Weiter →"]
    assert dict(parse_qsl(urlsplit(target).query)) == {"q": query, "page": "2"}


@pytest.mark.parametrize("total", [0, 12])
def test_hits_are_shown_without_what_takes_too_long(
    web: FlaskClient, set_engine: SetEngine, monkeypatch: pytest.MonkeyPatch, total: int
) -> None:
    """Advice that needs searches of its own is left out when these have no time; what was found stays."""
    set_engine.result = make_result([make_hit()] * bool(total), total=total, total_all_words=0, relaxed=True)
    search = set_engine.search
    asked: list[SearchRequest] = []

    def only_the_first(request: SearchRequest) -> SearchResult:
        asked.append(request)
        if len(asked) > 1:
            raise SearchTimeout(5)
        return search(request)

    monkeypatch.setattr(set_engine, "search", only_the_first)
    answer = web.get("/?q=Radweg+Sanierung")
    assert answer.status_code == 200
    assert len(asked) > 1
    assert ("Keine Treffer" in answer.text) is (not total)


def test_a_named_kommune_is_told_and_can_be_declined(web: FlaskClient, set_engine: SetEngine) -> None:
    """The page says whose documents come first, and leads to only these and to a search without the wish."""
    set_engine.result = make_result([make_hit()], preferred=(NamedKommune("BRUEHL", BRUEHL),))
    page = web.get("/?q=Hundesteuer+BRUEHL").text
    assert "Dokumente aus Brühl kommen zuerst." in text_of(page)
    assert links(page)["Nur diese zeigen"] == "/?q=Hundesteuer%20BRUEHL&kommune=bruehl"
    assert links(page)["Keine bevorzugen"] == "/?q=Hundesteuer%20%22BRUEHL%22"
    for other in ("/?q=Hundesteuer+BRUEHL&sort=-date", "/?q=Hundesteuer+BRUEHL&kommune=koeln"):
        assert "kommen zuerst." not in text_of(web.get(other).text)
