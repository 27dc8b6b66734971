"""GET /api/v1/export: all hits as NDJSON and CSV, streamed from one snapshot; and the engine's scan behind it."""

from __future__ import annotations

import csv
import io
import json
import string
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.contract import Document, IndexDamaged, IndexUnavailable, InvalidRequest, SearchRequest, Sort
from searchsvc.documents.input import parse_document
from searchsvc.interface.links import DocumentLinks
from searchsvc.interface.parameters import SEARCH_PARAMETERS
from searchsvc.interface.search_parameters import EXPORT_PARAMETERS, PAGE_PARAMETERS
from searchsvc.interface.serializers import metadata
from searchsvc.interface.spreadsheets import cell
from searchsvc.web import create_app
from searchsvc.web.api.export import COLUMNS, SEND_CHARS, csv_parts, in_blocks
from tests.fixtures_index import BRUEHL, TestIndex, document
from tests.fixtures_web import SetEngine, make_document, make_hit

URL = "/api/v1/export"


def rows_of(text: str) -> list[dict[str, str]]:
    """Read a CSV export as a program would."""
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def paged(index: TestIndex, request: SearchRequest) -> list[str]:
    """Return the ids of all hits, page after page by cursor."""
    found: list[str] = []
    cursor = None
    while True:
        wanted = {name: getattr(request, name) for name in ("q", "kommune", "sort")}
        result = index.engine.search(SearchRequest(**wanted, per_page=3, cursor=cursor))
        found += [hit.id for hit in result.hits]
        cursor = result.next_cursor
        if cursor is None:
            return found


@pytest.mark.parametrize("sort", list(Sort))
@pytest.mark.parametrize("q", ["", "Radweg", "Radweg Satzung", "-Radweg", "zzzqqq"])
def test_scan_has_all_hits_in_the_order_of_the_search(council: TestIndex, q: str, sort: Sort) -> None:
    """Scanning gives what paging gives, relaxed searches too, without snippets."""
    request = SearchRequest(q=q, sort=sort)
    hits = list(council.engine.scan(request))
    assert [hit.id for hit in hits] == paged(council, request)
    assert not any(hit.snippets for hit in hits)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    batches=st.lists(
        st.dictionaries(
            st.text(string.ascii_letters + "äß0", min_size=1, max_size=3),
            st.sampled_from([None, 0, 0, 1, 2]),
            max_size=9,
        ),
        max_size=4,
    ),
    sort=st.sampled_from(list(Sort)),
    q=st.sampled_from(["", "Radweg"]),
)
def test_ties_across_segments_are_settled_by_id(
    make_index: Callable[..., TestIndex], batches: list[dict[str, int | None]], sort: Sort, q: str
) -> None:
    """However documents are spread over segments, equal ones come in the order of their ids, as pages have them."""
    index = make_index()
    for batch in batches:
        index.put(
            *(
                document(name, "Radweg", title="T", date=None if day is None else date(2020, 1, 1) + timedelta(day))
                for name, day in batch.items()
            )
        )
    request = SearchRequest(q=q, sort=sort)
    assert [hit.id for hit in index.engine.scan(request)] == paged(index, request)


def test_scan_keeps_its_snapshot(council: TestIndex) -> None:
    """Commits that come while the hits are read neither show nor disturb."""
    before = paged(council, SearchRequest())
    scanned = council.engine.scan(SearchRequest())
    first = next(scanned)
    council.put(document("neu", "Radweg", kommune=BRUEHL, date=date(2030, 1, 1)))
    council.delete(*before)
    assert [first.id, *(hit.id for hit in scanned)] == before
    assert [hit.id for hit in council.engine.scan(SearchRequest())] == ["neu"]


def test_scan_refuses_at_once(council: TestIndex) -> None:
    """What no search can answer is said before the first hit is asked for."""
    with pytest.raises(InvalidRequest):
        council.engine.scan(SearchRequest(date_from=date(2014, 1, 1), date_to=date(2013, 1, 1)))


def test_hits_of_a_scan_have_all_metadata(make_index: Callable[..., TestIndex], web: FlaskClient) -> None:
    """An exported line is the document as GET has it, but for its links."""
    value = make_document(
        sha256="0" * 64, keywords=("Rad",), access_url="https://a.example/", download_url="https://d.example/",
        web_url="https://w.example/",
    )  # fmt: skip
    index = make_index(value)
    services = web.application.extensions["searchsvc"]
    app = create_app(services.settings, engine=index.engine, store=services.store)
    (line,) = app.test_client().get(URL).text.splitlines()
    assert json.loads(line) == metadata(value)


def test_ndjson_is_metadata_by_line(web: FlaskClient, set_engine: SetEngine) -> None:
    """One JSON object a line, in the order of the hits, in UTF-8; each can be sent back as a document."""
    set_engine.scanned = [make_hit("a/b"), make_hit("ohne", kommune=None, date=None, paper=None, title="Zeile\u2028ä")]
    response = web.get(URL, query_string={"q": "x"})
    assert response.mimetype == "application/x-ndjson"
    assert response.headers["Content-Disposition"] == 'attachment; filename="ratsdokumente.ndjson"'
    lines = [json.loads(line) for line in response.data.decode().split("\n")[:-1]]
    assert [line["id"] for line in lines] == ["a/b", "ohne"]
    assert lines[1]["title"] == "Zeile\u2028ä"
    assert lines[1]["kommune"] is None
    assert [parse_document(line).id for line in lines] == ["a/b", "ohne"]


def test_csv_has_a_row_for_each_hit(web: FlaskClient, set_engine: SetEngine) -> None:
    """Names first, then every field as text, lists joined, with the address of the page; marked as UTF-8 for Excel."""
    set_engine.scanned = [make_hit("a/b", keywords=("Rad", "Weg"), title='Titel, mit "Zitat"\nund Zeile')]
    response = web.get(URL, query_string={"format": "csv"})
    assert response.mimetype == "text/csv"
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.data.startswith(b"\xef\xbb\xbfid,title,kommune,")
    assert response.data.endswith(b"\r\n")
    (row,) = rows_of(response.text)
    assert tuple(row) == COLUMNS
    assert row["title"] == 'Titel, mit "Zitat"\nund Zeile'
    assert (row["kommune"], row["ags"], row["date"]) == ("Brühl", "05362012", "2013-11-13")
    assert (row["paper_type"], row["paper_reference"]) == ("Vorlage", "312/2013")
    assert row["organizations"] == "Ausschuss für Soziales; Rat"
    assert row["keywords"] == "Rad; Weg"
    assert row["url"] == "http://localhost/dokumente/a%2Fb"


def test_csv_for_a_german_spreadsheet(web: FlaskClient, set_engine: SetEngine) -> None:
    """Semicolons divide columns when asked for; what has one in it is quoted, and reads as it was."""
    set_engine.scanned = [make_hit(title='Radweg; "Nordring", Köln')]
    text = web.get("/api/v1/export?format=csv&separator=semicolon").text.removeprefix("\ufeff")
    (row,) = csv.DictReader(io.StringIO(text), delimiter=";")
    assert (row["title"], row["organizations"]) == ('Radweg; "Nordring", Köln', "Ausschuss für Soziales; Rat")
    set_engine.scanned = [make_hit()]
    assert web.get("/api/v1/export?format=csv&separator=comma").text == web.get("/api/v1/export?format=csv").text
    for wrong in ("format=csv&separator=tab", "format=ndjson&separator=semicolon", "separator=semicolon"):
        answer = web.get(f"/api/v1/export?{wrong}")
        assert (answer.status_code, answer.get_json()["error"]["field"]) == (400, "separator")


def test_csv_without_hits_has_its_names(web: FlaskClient) -> None:
    """A search that finds nothing is a table without rows, and no empty answer."""
    assert rows_of(web.get(f"{URL}?format=csv").text) == []
    assert web.get(f"{URL}?format=csv").text.strip("\ufeff\r\n").split(",") == list(COLUMNS)
    assert web.get(URL).data == b""


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"), ("+49", "'+49"), ("-1", "'-1"), ("@SUM(1)", "'@SUM(1)"), ("\tx", "'\tx"),
        ("\rx", "'\rx"), ("  =1", "'  =1"), ("Kosten;=1+1", "Kosten;'=1+1"), ("a; @b", "a;' @b"), ("a-b=c", "a-b=c"),
        ("Müll & Straße", "Müll & Straße"), ("", ""), (None, ""), (12, "12"),
    ],
)  # fmt: skip
def test_cells_are_no_formulas(value: Any, written: str) -> None:
    """What a spreadsheet would calculate gets an apostrophe; everything else stays as it is."""
    assert cell(value) == written


@given(st.text(st.sampled_from("=+-@\t\r\n; a'\"")))
def test_no_cell_begins_a_formula_in_any_reader(value: str) -> None:
    """Neither a cell nor what follows a semicolon in it starts with a character that begins a formula."""
    (row,) = rows_of("".join(csv_parts([make_hit(title=value)], DocumentLinks(""))))
    for part in row["title"].split(";"):
        assert not part.lstrip().startswith(("=", "+", "-", "@"))
        assert not part.startswith(("\t", "\r", "\n"))


def test_every_parameter_is_taken_or_refused_by_name(web: FlaskClient, set_engine: SetEngine) -> None:
    """Exports take what chooses documents and their order, and refuse what chooses a page of hits."""
    assert set(EXPORT_PARAMETERS) | set(PAGE_PARAMETERS) == {*SEARCH_PARAMETERS, "format", "separator"}
    query = "q=Rad&kommune=koeln&date_from=2013-01-01&sort=date&exact=true&paper_type=Antrag&date_missing=true"
    assert web.get(f"{URL}?{query}").status_code == 200
    assert set_engine.requests == [
        SearchRequest(
            q="Rad", kommune=("koeln",), date_from=date(2013, 1, 1), sort=Sort.DATE, exact=True, paper_type=("Antrag",),
            date_missing=True,
        )
    ]  # fmt: skip
    for name in (*PAGE_PARAMETERS, "fields", "komune"):
        response = web.get(f"{URL}?{name}=1")
        assert (response.status_code, response.get_json()["error"]["field"]) == (400, name)


@pytest.mark.parametrize(
    ("query", "name"), [("format=xml", "format"), ("format=csv&format=csv", "format"), ("date_from=x", "date_from")]
)
def test_wrong_values_are_refused(web: FlaskClient, query: str, name: str) -> None:
    """Values are checked as strictly as those of a search."""
    response = web.get(f"{URL}?{query}")
    assert (response.status_code, response.get_json()["error"]["field"]) == (400, name)


def test_outage_is_an_error_and_no_empty_export(web: FlaskClient, set_engine: SetEngine) -> None:
    """An index that cannot be read is said before anything is sent."""
    set_engine.error = IndexUnavailable("no index")
    assert web.get(URL).status_code == 503


def test_export_that_breaks_off_is_no_complete_answer(web: FlaskClient, set_engine: SetEngine) -> None:
    """Damage found on the way ends the answer with an error for the server, never as if all had been sent."""

    def hits() -> Iterator[Any]:
        yield make_hit()
        raise IndexDamaged(web.application.extensions["searchsvc"].settings.data_dir, "cut off")

    set_engine.scanned = hits()
    with pytest.raises(IndexDamaged):
        web.get(URL)


def test_hits_are_sent_while_they_are_read(web: FlaskClient, set_engine: SetEngine) -> None:
    """The first bytes leave when a block is full, however many hits follow, so memory does not grow with them."""
    taken = 0

    def endless() -> Iterator[Any]:
        nonlocal taken
        while True:
            taken += 1
            yield make_hit(f"d{taken}")

    set_engine.scanned = endless()
    response = web.get(f"{URL}?format=csv", buffered=False)
    blocks = iter(response.response)
    for number in range(1, 4):
        assert len(next(blocks)) < 2 * SEND_CHARS
        assert taken < number * 1_000
    response.close()


@given(st.lists(st.text(max_size=9)), st.integers(1, 20))
def test_blocks_hold_what_was_given(parts: list[str], size: int) -> None:
    """Joining parts to blocks changes nothing, and no block is empty."""
    blocks = list(in_blocks(parts, size))
    assert b"".join(blocks).decode() == "".join(parts)
    assert all(blocks)


def test_head_of_an_export_reads_no_hit(web: FlaskClient, set_engine: SetEngine) -> None:
    """HEAD says what GET would send without reading the hits."""

    def never() -> Iterator[Any]:
        raise AssertionError("no hit is needed")
        yield

    set_engine.scanned = never()
    response = web.head(f"{URL}?format=csv")
    assert (response.status_code, response.mimetype, response.data) == (200, "text/csv", b"")


def test_documents_of_hits_are_those_of_the_index() -> None:
    """A hit carries every field of a document but its text."""
    names = {name for name in Document.__dataclass_fields__ if name != "pages"}
    assert names <= set(make_hit().__dataclass_fields__)
