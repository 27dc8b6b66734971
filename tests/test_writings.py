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
    ("Lehrer*innen-Zimmer", "Lehrerzimmer"),
    ("Alter Pl.", "Alter Platz"),
    ("Otto-Hahn-Pl. 3 b", "Otto-Hahn-Platz 3b"),
    ("LINDENALLEESTR.", "Lindenalleestraße"),
    ("Hausnr. 12", "Hausnummer 12"),
    ("§ 12b", "§ 12 b"),
    ("§ 12 b Abs. 1", "§12b Absatz 1"),
    ("40 TEUR", "40.000 Euro"),
    ("7,5 T€", "7.500 €"),
    ("35 %", "35 Prozent"),
    ("120 m²", "120 qm"),
    ("120 Quadratmeter", "120 m²"),
    ("TOP 7", "Tagesordnungspunkt 7"),
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


@pytest.mark.parametrize(
    ("q", "word"), [("jede:r", "jede"), ("Angestellte:r", "Angestellte"), ("Kolleg(inn)en", "Kolleginnen")]
)
def test_endings_for_women_and_men_are_no_fields(make_index: Callable[..., TestIndex], q: str, word: str) -> None:
    """Nothing is warned of, and the word is found."""
    engine = make_index(document("a", f"Es geht um {word}."), document("b", "nichts")).engine
    result = engine.search(SearchRequest(q=q))
    assert ([hit.id for hit in result.hits], result.warnings) == (["a"], ())


def test_a_paragraph_and_a_word_of_one_letter(make_index: Callable[..., TestIndex]) -> None:
    """What follows a paragraph is a letter of it only where no dot and no further letter shows otherwise."""
    engine = make_index(document("a", "§ 12 i. V. m. § 9"), document("b", "§ 12 a"), document("c", "§ 12 an")).engine

    def found(q: str) -> set[str]:
        return {hit.id for hit in engine.search(SearchRequest(q=q, all_words=True)).hits}

    assert (found("§ 12"), found("§ 12a")) == ({"a", "b", "c"}, {"b"})


@pytest.mark.parametrize("q", ["Container in Nord/ -Ost", "Container Nord/-Ost", "Nord und -ost"])
def test_a_hyphen_for_another_word_leaves_nothing_out(make_index: Callable[..., TestIndex], q: str) -> None:
    """A title that is pasted finds its document; "-Ost" alone still leaves documents out."""
    engine = make_index(document("a", "Container in Nord/ -Ost")).engine
    assert engine.search(SearchRequest(q=q, all_words=True)).total == 1
    assert engine.search(SearchRequest(q="Container -Ost")).total == 0


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
