"""What callers may send as a document."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.contract import Document, Kommune, Paper, TextQuality
from searchsvc.documents.input import DocumentInput, parse_document
from searchsvc.errors import InvalidDocument

FULL = {
    "id": "https://example.org/file/1",
    "title": " Haushalt\x00 2014 ",
    "kommune": {"id": "bruehl", "name": "Brühl", "ags": "05362012"},
    "date": "2013-11-13",
    "file_name": "haushalt.pdf",
    "mime_type": "application/PDF",
    "size": 51200,
    "sha256": "A" * 64,
    "page_count": 4,
    "created": "2013-11-13T09:30:00+01:00",
    "modified": "2013-11-14T10:00:00",
    "paper": {"name": "Haushaltsplan", "reference": "412/2013", "type": "Vorlage"},
    "organizations": ["Rat", "Rat", ""],
    "keywords": ["Haushalt"],
    "access_url": "https://example.org/a b",
    "pages": ["Seite eins\r\nweiter", "Seite\x0c zwei\ud800"],
}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)
field_names = st.sampled_from([*DocumentInput.model_fields, "links", "indexed_at", "titel"])


def problem(**fields: Any) -> InvalidDocument:
    with pytest.raises(InvalidDocument) as caught:
        parse_document({"id": "a", **fields})
    return caught.value


def test_a_full_document_is_understood_and_cleaned():
    """Every field arrives, without control characters, surrogates, duplicates or blanks."""
    document = parse_document(FULL)
    assert document.title == "Haushalt 2014"
    assert document.kommune == Kommune("bruehl", "Brühl", "05362012")
    assert document.date == date(2013, 11, 13)
    assert document.created == datetime(2013, 11, 13, 9, 30, tzinfo=timezone(timedelta(hours=1)))
    assert document.modified == datetime(2013, 11, 14, 10, tzinfo=UTC)
    assert document.paper == Paper(name="Haushaltsplan", reference="412/2013", type="Vorlage")
    assert document.organizations == ("Rat",)
    assert document.access_url == "https://example.org/a%20b"
    assert document.mime_type == "application/pdf"
    assert document.sha256 == "a" * 64
    assert document.pages == ("Seite eins\nweiter", "Seite\n zwei")


def test_what_is_left_out_is_filled_in():
    """Title, page count and text quality follow from the rest."""
    document = parse_document({"id": "a", "text": "ein Wort"})
    assert (document.title, document.page_count, document.text_quality) == ("a", 1, TextQuality.DIGITAL)
    assert parse_document({"id": "a", "pages": ["", " \n"]}).text_quality is TextQuality.EMPTY
    assert parse_document({"id": "a", "file_name": "f.pdf"}).title == "f.pdf"
    assert parse_document({"id": "a", "file_name": "f.pdf", "paper": {"name": "P"}}).title == "P"


@pytest.mark.parametrize(
    ("name", "identifier"),
    [
        ("Brühl", "bruehl"),
        ("Groß-Gerau", "gross-gerau"),
        (" Köln (Innenstadt) ", "koeln-innenstadt"),
        ("Bru\u0308hl", "bruehl"),
    ],
)
def test_a_kommune_may_be_just_a_name(name: str, identifier: str):
    """The id of a Kommune is made from its name, the same for every way of writing the umlaut."""
    for value in (name, {"name": name}):
        kommune = parse_document({"id": "a", "kommune": value}).kommune
        assert kommune is not None
        assert kommune.id == identifier
    assert parse_document({"id": "a"}, default_kommune=name).kommune == kommune
    assert parse_document({"id": "a", "kommune": "Bonn"}, default_kommune=name).kommune == Kommune("bonn", "Bonn")


@pytest.mark.parametrize(
    ("fields", "field", "text"),
    [
        ({"titel": "x"}, "titel", "did you mean 'title'"),
        ({"kommune": {"name": "B", "agss": "1"}}, "kommune.agss", "did you mean 'ags'"),
        ({"kommune": {"id": "b"}}, "kommune.name", "is required"),
        ({"kommune": {"name": "B", "ags": "5362012"}}, "kommune.ags", "8 digits"),
        ({"kommune": 5}, "kommune", "must be an object"),
        ({"date": "13.11.2013"}, "date", "YYYY-MM-DD"),
        ({"date": "2013-11-13T00:00:00"}, "date", "without a time"),
        ({"date": "2013-02-30"}, "date", "not a day of the calendar"),
        ({"created": "gestern"}, "created", "must be a time"),
        ({"created": "0001-01-01T00:00:00+14:00"}, "created", "not a moment"),
        ({"size": -1}, "size", "0 or more"),
        ({"size": True}, "size", "whole number"),
        ({"page_count": "4"}, "page_count", "whole number"),
        ({"access_url": "javascript:alert(1)"}, "access_url", "http or https"),
        ({"web_url": "http://["}, "web_url", "http or https"),
        ({"text_quality": "good"}, "text_quality", "digital, ocr, empty"),
        ({"pages": ["a", 1]}, "pages", "must be a text"),
        ({"pages": ["a"], "text": "b"}, "text", "not both"),
        ({"sha256": "abc"}, "sha256", "64 hex digits"),
        ({"mime_type": "pdf"}, "mime_type", "media type"),
        ({"keywords": "a, b"}, "keywords", "list"),
        ({"score": 1.0}, "score", "unknown field"),
    ],
)
def test_each_wrong_field_is_named(fields: dict[str, Any], field: str, text: str):
    """A refusal names the field and says what is expected."""
    error = problem(**fields)
    assert error.field == field
    assert text in error.message


@pytest.mark.parametrize(
    "identifier",
    [
        "",
        " a",
        "a\n",
        "a\x00",
        "a/../b",
        ".",
        "a/text",
        "a/similar",
        "a/datei",
        "a/meldungen",
        "a/seiten/3",
        "x" * 1001,
        5,
    ],
)
def test_ids_that_cannot_be_addressed_are_refused(identifier: Any):
    """An id must not look like one of the service's own paths, nor vanish on its way through a URL."""
    with pytest.raises(InvalidDocument) as caught:
        parse_document({"id": identifier})
    assert caught.value.field == "id"


@pytest.mark.parametrize(
    "identifier", ["https://a.example/oparl/files/1?x=ä&y=%20", "text", "a..b", "seiten/a/b", "x" * 1000]
)
def test_other_ids_are_accepted(identifier: str):
    """URLs and anything else that can be addressed are ids."""
    assert parse_document({"id": identifier}).id == identifier


def test_the_id_of_the_path_must_be_that_of_the_body():
    """An id given twice must be the same."""
    assert parse_document({}, document_id="a").id == "a"
    with pytest.raises(InvalidDocument, match="differs"):
        parse_document({"id": "b"}, document_id="a")


def test_a_document_can_be_sent_back_as_it_was_received():
    """Metadata as answered, with its read-only fields and nulls, gives the same document again."""
    document = parse_document({name: value for name, value in FULL.items() if name != "pages"})
    answer = {**{name: None for name in DocumentInput.model_fields if name != "id"}, **document.metadata()}
    answer |= {"links": {"self": "…"}, "indexed_at": "2024-01-01T00:00:00+00:00"}
    assert parse_document(answer) == document


def test_text_beyond_the_limit_is_refused():
    """The limit counts bytes of UTF-8, not characters."""
    assert parse_document({"id": "a", "text": "ä" * 5}, max_text_bytes=10).pages == ("ä" * 5,)
    with pytest.raises(InvalidDocument, match="max_text_mb"):
        parse_document({"id": "a", "text": "ä" * 6}, max_text_bytes=10)


@given(st.dictionaries(field_names, json_values, max_size=5))
def test_parsing_never_raises_anything_else(data: dict[str, Any]):
    """Whatever JSON is sent, the answer is a document or a refusal; a document is stable under sending it again."""
    try:
        document = parse_document({"id": "a", **data})
    except InvalidDocument:
        return
    again = parse_document({**document.metadata(), "pages": list(document.pages)})
    assert again == document
    assert Document.from_metadata(document.metadata(), document.pages) == document


@given(json_values)
def test_no_json_value_breaks_the_parser(data: Any):
    """Not even what is no object at all."""
    with pytest.raises(InvalidDocument):
        parse_document(data if data != {} else [])
