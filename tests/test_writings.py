"""The same thing written otherwise: streets, numbers, amounts, paragraphs, persons, words copied from a PDF."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from analyzers.abbreviations import in_full
from index.contract import SearchRequest
from tests.fixtures_index import TestIndex, document

SAME = [
    ("Lindener Str.", "Lindener Straße"),
    ("Anna-Seghers-Str. 12b", "Anna-Seghers-Straße 12 b"),
    ("Bachstr.", "Bachstraße"),
    ("Ahornspl.", "Ahornsplatz"),
    ("Nr. 17", "Nummer 17"),
    ("Abs. 3", "Absatz 3"),
    ("2000000", "2.000.000"),
    ("2 000 000 Euro", "2000000 EUR"),
    ("2 000 000", "2.000.000"),
    ("17 300", "17300"),
    ("7500 Euro", "€ 7.500"),
    ("7500 €", "7.500,00 EUR"),
    ("4,2 Mio.", "4,2 Millionen"),
    ("4,2 Mio. Euro", "4.200.000 Euro"),
    ("80 Tsd. Euro", "80.000 Euro"),
    ("§ 12", "Paragraph 12"),
    ("§ 12", "Paragraf 12"),
    ("Lehrer:innen", "Lehrerinnen"),
    ("Lehrer*innen", "Lehrer(innen)"),
    ("Lehrer_innen", "Lehrer/-innen"),
    ("Lehrer·innen", "LehrerInnen"),
    ("Lehrerzimmer", "LehrerInnenzimmer"),
    ("Lehrer:innenzimmer", "Lehrerzimmer"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_each_writing_finds_the_other(make_index: Callable[..., TestIndex], one: str, other: str) -> None:
    """Both ways, as words of one query among others, and nothing is warned of."""
    engine = make_index(
        document("one", f"Es geht um {one} und mehr."), document("other", f"Es geht um {other} und mehr."),
        document("none", "Es geht um nichts davon."),
    ).engine  # fmt: skip
    for q in (one, other, f"{other} geht"):
        result = engine.search(SearchRequest(q=q, all_words=True))
        assert {hit.id for hit in result.hits} == {"one", "other"}, q
        assert result.warnings == ()


@pytest.mark.parametrize(
    "q", ["Verwal-\ntung", "Verwal- tung", "Verwal\u00adtung", "Verwal¬tung", "Verwal¬\ntung", "Verwal\u2010 tung"]
)
def test_words_copied_from_a_pdf(make_index: Callable[..., TestIndex], q: str) -> None:
    """Where a line ended inside of a word, the word is looked for; a hyphen that stands for another one stays."""
    engine = make_index(document("a", "Die Verwaltung."), document("b", "Geh- und Radweg, Gehweg")).engine
    assert [hit.id for hit in engine.search(SearchRequest(q=q)).hits] == ["a"]
    assert [hit.id for hit in engine.search(SearchRequest(q="Geh- und Radweg")).hits] == ["b"]


@pytest.mark.parametrize("q", ["titel:innenstadt", "Titel:in", "typ:innen"])
def test_fields_are_no_persons(make_index: Callable[..., TestIndex], q: str) -> None:
    """A colon behind the name of a field is that of a field."""
    engine = make_index(document("a", "x", title="Innenstadt in Innen")).engine
    assert engine.search(SearchRequest(q=q)).warnings == ()
    assert engine.search(SearchRequest(q="titel:innenstadt")).total == 1


@pytest.mark.parametrize("word", ["ABS", "NR", "Apl", "Nrn", "Straße", "a", ""])
def test_other_words_stay_as_they_are(word: str) -> None:
    """Words in capitals, short ones and plurals are no abbreviations."""
    assert in_full(word) == word


@pytest.mark.parametrize("number", ["12 500", "1 000 000"])
@pytest.mark.parametrize("text", ["{}", "Anlage 3 {}", "{} 20 Stück", "2019 {} Euro", "{},50", "Nr. 1/{}"])
def test_numbers_in_groups_are_found_as_they_are_written(
    make_index: Callable[..., TestIndex], number: str, text: str
) -> None:
    """Whatever is beside them, other numbers too."""
    engine = make_index(document("a", text.format(number)), document("b", "nichts")).engine
    assert [hit.id for hit in engine.search(SearchRequest(q=number, all_words=True)).hits] == ["a"]


def test_telephone_numbers_stay_as_they_are(make_index: Callable[..., TestIndex]) -> None:
    """They begin with a zero, which no number in groups does."""
    engine = make_index(document("a", "Tel. 0721 133 100")).engine
    assert engine.search(SearchRequest(q="0721 133 100", all_words=True)).total == 1
