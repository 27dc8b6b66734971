"""Lines for the sheet of paper stay out of excerpts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from analyzers import boilerplate_lines
from index.contract import Document, SearchRequest
from tests.fixtures_index import TestIndex


@pytest.mark.parametrize(
    "line",
    [
        "-- 1 of 1 --",
        "- 3 -",
        "– 12 –",
        "Seite 3 von 10",
        "Seite: 1/3",
        "  Seite 2  ",
        "Blatt 4",
        "3 von 10",
        "Gedruckt auf 100 Prozent Recyclingpapier",
        "Dieses Blatt wurde gedruckt auf chlorfrei gebleichtem Recyclingpapier.",
        "Druck: Rathausdruckerei auf 100 Prozent Recyclingpapier.",
        "Ausdruck vom: 17.08.2020",
        "bitte wenden!",
        "________________________________",
        "- - - - - - -",
        "..............................",
    ],
)
def test_lines_for_the_sheet_are_found(line: str) -> None:
    """Each stands between two others."""
    text = f"Erste Zeile\n{line}\nletzte Zeile"
    assert [text[begin:end] for begin, end in boilerplate_lines(text, 0, len(text))] == [line]
    assert list(boilerplate_lines(text, 0, 5)) == []


@pytest.mark.parametrize(
    "line",
    [
        "5000",
        "2013/0456",
        "Ergänzende Erläuterungen Seite 3",
        "12 von 30 Mitgliedern",
        "Das Recyclingpapier wird teurer, weil 100 Prozent Recyclingpapier knapp sind und niemand druckt",
        "(...)",
        "[…]",
        "– 3,5 –",
        "Blatt 4711/13 Flurstück",
        "",
    ],
)
def test_lines_that_say_something_are_none(line: str) -> None:
    """Numbers, references and sentences about paper are what a document is about."""
    assert list(boilerplate_lines(f"a\n{line}\nb", 0, len(line) + 4)) == []


PAGE = (
    "Der Ausschuss berät über den Radweg an der Römerstraße\n- 3 -\nGedruckt auf 100 Prozent Recyclingpapier\n"
    "-- 1 of 1 --\nund beschließt den Ausbau."
)


def snippet(index: TestIndex, q: str) -> str:
    """Return the first snippet of the only document."""
    return index.engine.search(SearchRequest(q=q)).hits[0].snippets[0].html


def test_excerpts_do_without_them(make_index: Callable[..., TestIndex]) -> None:
    """The text before and after them is shown; they are still found, and shown when they are what was looked for."""
    index = make_index(Document(id="a", title="Vorlage", pages=(PAGE,)))
    assert snippet(index, "radweg") == (
        "Der Ausschuss berät über den <mark>Radweg</mark> an der Römerstraße und beschließt den Ausbau."
    )
    assert "Gedruckt auf 100 Prozent <mark>Recyclingpapier</mark> und beschließt" in snippet(index, "recyclingpapier")
    assert snippet(index, "vorlage").endswith("Römerstraße und beschließt den Ausbau.")


def test_an_excerpt_of_nothing_else_is_shown(make_index: Callable[..., TestIndex]) -> None:
    """There is no empty excerpt."""
    index = make_index(Document(id="a", title="Vorlage", pages=("Gedruckt auf 100 Prozent Recyclingpapier\n",)))
    assert snippet(index, "vorlage") == "Gedruckt auf 100 Prozent Recyclingpapier"
