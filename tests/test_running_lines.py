"""Headers and footers, and words broken across pages."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from analyzers import clean_pages
from analyzers.running_lines import without_running_lines


def page(number: int, text: str) -> str:
    """Return a page with a header and a footer."""
    return f"Stadt Beispiel - Niederschrift\n\n{text}\nSeite {number} von 5"


def test_running_lines_stay_where_they_stand_first() -> None:
    """A header and a footer with page numbers are found once, on the first page, and the text stays."""
    texts = ["eins", "zwei", "drei", "vier", "fünf"]
    pages = clean_pages([page(number, text) for number, text in enumerate(texts, start=1)])
    assert pages[0] == page(1, "eins")
    assert [text.strip() for text in pages[1:]] == texts[1:]


def test_rows_of_tables_are_no_running_lines() -> None:
    """Lines that differ in more than the number of the page stay: they are what the document is about."""
    rows = [f"Summe {number * 917}\n{number * 13} {number * number}" for number in range(1, 9)]
    assert without_running_lines(rows) == rows


def test_short_documents_and_headings_are_left_alone() -> None:
    """Two pages have no running lines, and neither have lines that only some pages begin with."""
    short = [page(1, "eins"), page(2, "zwei")]
    assert without_running_lines(short) == short
    mixed = ["Anlage\neins", "Anlage\nzwei", "drei\nx", "vier\ny", "fünf\nz"]
    assert without_running_lines(mixed) == mixed


def test_a_word_broken_across_pages_is_whole_again() -> None:
    """The halves meet once the lines between them are gone; a hyphen before "und" or a capital stays."""
    texts = [
        "Das Integrations-",
        "zentrum und die Bildungs-",
        "und Kultureinrichtung am Rhein-",
        "Erft-Kreis liegt hier",
    ]
    pages = clean_pages([page(number, text) for number, text in enumerate(texts, start=1)])
    assert pages[0].endswith("Seite 1 von 5")  # the first page keeps its footer, which hides the break
    texts = ["Titel", *texts]
    pages = clean_pages([page(number, text) for number, text in enumerate(texts, start=1)])
    assert pages[1].split()[-1] == "Integrationszentrum"
    assert pages[2].split() == ["und", "die", "Bildungs-"]
    assert pages[3].split()[-1] == "Rhein-"


@given(st.lists(st.text(alphabet="ab1-\n ", max_size=30), max_size=8))
def test_pages_stay_pages(pages: list[str]) -> None:
    """The number of pages never changes, and cleaning cleaned pages finds nothing that was lost."""
    assert len(clean_pages(pages)) == len(pages)
