"""Footnote marks are told from digits that belong to a word, by their size."""

from __future__ import annotations

from pathlib import Path

import pytest
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import Paragraph, SimpleDocTemplate

from searchsvc.ingest import FileLimits
from searchsvc.ingest.extract import extract_pdf
from searchsvc.ingest.footnotes import is_mark, raise_footnote_marks
from searchsvc.ingest.pdfium import extract_with_pdfium


@pytest.mark.parametrize("reader", [extract_pdf, extract_with_pdfium])
def test_small_digits_behind_a_word_are_raised(reader, tmp_path: Path):
    """Both libraries give footnote marks as superscript digits and leave all other digits alone."""
    path = tmp_path / "x.pdf"
    text = (
        "Der Fördererlass<super size='6'>1</super> gilt im Block2 und für Vereine<super size='6'>12</super>, "
        "nicht für m<super size='6'>2</super> und CO<sub size='6'>2</sub>."
    )
    SimpleDocTemplate(str(path)).build([Paragraph(text, getSampleStyleSheet()["BodyText"])])
    (page,) = reader(path, FileLimits()).pages
    assert "Fördererlass¹ gilt im Block2 und für Vereine¹², nicht für m2 und CO2." in " ".join(page.split())


def test_only_digits_right_behind_a_word_are_asked_for():
    """Units, formulas, references and longer numbers are no candidates."""
    asked: list[str] = []
    text = "Satz1 m2 km2 CO2 PM10 A4 2013 § 5 Abs. 3 Nr1a Anlage123 GmbH2 StGB3 ja1"

    def note(offset: int) -> bool:
        asked.append(text[:offset].rsplit(" ", 1)[-1])
        return False

    assert raise_footnote_marks(text, note) == text
    assert asked == ["Satz", "GmbH", "StGB"]


def test_a_mark_is_smaller_than_its_word():
    """The border is eight tenths of the size of the letter before it; unknown sizes are no marks."""
    assert is_mark(6.5, 10.0)
    assert not is_mark(8.5, 10.0)
    assert not is_mark(0.0, 10.0)
