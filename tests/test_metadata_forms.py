"""What looks alike is one value, however it is written in Unicode: in facets, in filters, in what is stored already."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from index.contract import Document, FacetName, Kommune, Paper, SearchRequest
from searchsvc.documents.input import parse_document
from searchsvc.documents.text import clean_line
from searchsvc.interface.parameters import lenient_search_request, read_search
from searchsvc.oparl import values
from searchsvc.store import Store
from tests.fixtures_index import TestIndex

COMPOSED = "Ausschuss für Kultur"
FORMS = (
    COMPOSED,
    "Ausschuss fu\u0308r Kultur",
    "Aus\u00adschuss für Kul\u00adtur",
    "\u202aAusschuss für\u00a0Kultur\u200b",
)


def document(number: int, form: str) -> Document:
    """Return a document that has a form in each field that is filtered by."""
    return parse_document(
        {
            "id": f"d{number}",
            "title": form,
            "kommune": form,
            "paper": {"type": form, "name": form},
            "organizations": [form, COMPOSED],
            "keywords": [form],
            "text": "Wort",
        }
    )


@pytest.mark.parametrize("form", FORMS)
def test_forms_become_one(form: str):
    """Lines are in NFC, without soft hyphens, zero-width spaces and marks of direction."""
    found = document(1, form)
    assert found.title == COMPOSED
    assert (found.kommune, found.organizations) == (Kommune("ausschuss-fuer-kultur", COMPOSED), (COMPOSED,))
    assert (found.paper, found.keywords) == (Paper(name=COMPOSED, type=COMPOSED), (COMPOSED,))
    assert values.line(form) == COMPOSED


def test_addresses_and_texts_stay_as_they_are():
    """A server may know a file under a decomposed name only; texts are cleaned when they are indexed."""
    url = "https://ris.example.org/Pru\u0308fung.pdf"
    found = parse_document(
        {"id": url, "access_url": url, "paper": {"id": url, "name": "P"}, "pages": ["Pru\u0308fung\u00ad"]}
    )
    assert (found.id, found.access_url, found.paper, found.pages) == (
        url,
        url,
        Paper(id=url, name="P"),
        ("Pru\u0308fung\u00ad",),
    )
    assert values.url(url) == url


def test_what_shows_nothing_is_nothing():
    """A value of invisible characters is none."""
    assert parse_document({"id": "a", "title": "\u200b\u00ad", "keywords": ["\u202e"], "text": ""}).keywords == ()
    (problem,) = read_search({"paper_type": ["\u00ad"]})[1]
    assert (problem.parameter, problem.code) == ("paper_type", "empty")


def test_joiners_of_other_scripts_stay():
    """Persian words and pictures are written with them."""
    assert clean_line("می\u200cخواهم") == "می\u200cخواهم"


def test_facets_have_one_value_and_filters_find_it_in_any_form(make_index: Callable[..., TestIndex]):
    """All documents are counted under one value, and each form of it finds them all."""
    index = make_index(*(document(number, form) for number, form in enumerate(FORMS)))
    facets = (FacetName.KOMMUNE, FacetName.PAPER_TYPE, FacetName.ORGANIZATION)
    for facet in index.engine.search(SearchRequest(facets=facets)).facets:
        assert [(bucket.label, bucket.count) for bucket in facet.buckets] == [(COMPOSED, len(FORMS))]
    for form in FORMS:
        for name in ("kommune", "paper_type", "organization"):
            found, problems = lenient_search_request({name: [form], "facets": ["organization"]})
            assert problems == ()
            result = index.engine.search(found)
            assert result.total == len(FORMS)
            assert [bucket.selected for bucket in result.facets[0].buckets] == [name == "organization"]


def test_what_was_stored_in_other_forms_is_read_in_one(store: Store):
    """Documents of earlier versions need not be stored again; their ids and addresses stay."""
    form, url = FORMS[1], "https://ris.example.org/Pru\u0308fung.pdf"
    old = Document(
        id="\u0308id",
        title=form,
        file_name="Pru\u0308fung.pdf",
        kommune=Kommune(form, form),
        paper=Paper(url, form, form, form),
        organizations=(form, COMPOSED),
        keywords=(form, "\u00ad"),
        access_url=url,
        pages=(form,),
    )
    store.documents.put(old)
    found = store.documents.get(old.id)
    assert found is not None
    assert replace(found.document, indexed_at=None) == replace(
        old,
        title=COMPOSED,
        file_name="Prüfung.pdf",
        kommune=Kommune(COMPOSED, COMPOSED),
        paper=Paper(url, COMPOSED, COMPOSED, COMPOSED),
        organizations=(COMPOSED,),
        keywords=(COMPOSED,),
    )
