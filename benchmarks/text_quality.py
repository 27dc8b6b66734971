"""How many words are lost when PDFs of known text are read: one and two columns, heads, feet, footnotes.

The text is that of the sample collection; lines are filled and hyphenated here, so it is known which words were broken.
"""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import reportlab
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from analyzers import clean_pages
from searchsvc.ingest import Extraction, FileLimits
from searchsvc.ingest.extract import extract_pdf
from searchsvc.ingest.pdfium import extract_with_pdfium
from searchsvc.sample.catalogue import load_documents
from searchsvc.sample.markup import Kind, parse, plain

READERS: dict[str, Callable[[Path, FileLimits], Extraction]] = {
    "pypdf": extract_pdf,
    "pypdfium2": extract_with_pdfium,
}
SIZE, LEADING, MARK_SIZE = 10, 13, 6
LEFT, RIGHT, TOP, BOTTOM, GAP = 60, 60, 90, 110, 24
_WORD = re.compile(r"\w+")
_SYLLABLE = re.compile(r"(?<=[aeiouyäöü])(?:(?=[bcdfghjklmnpqrstvwxzß][aeiouyäöü])|(?<=\w\w)(?=sch[aeiouyäöü]))")
_WITHOUT_MARKS = str.maketrans("", "", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Layout:
    """How pages look."""

    name: str
    columns: int = 1
    heads: bool = False
    notes: bool = False


LAYOUTS = (
    Layout("one column"),
    Layout("two columns", columns=2),
    Layout("one column, head and foot", heads=True),
    Layout("two columns, head and foot", columns=2, heads=True),
    Layout("one column, head, foot, footnotes", heads=True, notes=True),
)


@dataclass
class Truth:
    """What stands in a PDF: its words, and how many were broken at line ends."""

    words: Counter[str] = field(default_factory=Counter)
    broken: int = 0
    pages: int = 0


def paragraphs() -> list[str]:
    """Return the running text of the sample collection."""
    blocks = (block for document in load_documents() for block in parse(document.body))
    return [plain(block.text) for block in blocks if block.kind is Kind.PARAGRAPH and len(block.text) > 200]


def draw(path: Path, layout: Layout, texts: list[str]) -> Truth:
    """Write a PDF and return what is in it."""
    pdfmetrics.registerFont(TTFont("Vera", Path(reportlab.__file__).parent / "fonts" / "Vera.ttf"))
    truth = Truth()
    canvas = Canvas(str(path), pagesize=A4)
    width = (A4[0] - LEFT - RIGHT - GAP * (layout.columns - 1)) / layout.columns
    slots = _slots(canvas, layout, width, truth)
    number = 0
    for text in texts:
        truth.words.update(words_of(text))
        words = text.split()
        # Behind the fifth word that is no abbreviation stands a footnote mark.
        marked = next((i for i, word in enumerate(words[5:], 5) if re.fullmatch(r"[^\W\d_]{5,}", word)), -1)
        number = number % 99 + 1
        for line, mark_after in _lines(words, width, truth, marked if layout.notes else -1):
            _draw_line(canvas, *next(slots), line, mark_after, number)
        next(slots)
    canvas.save()
    return truth


def _draw_line(canvas: Canvas, x: float, y: float, line: str, mark_after: int | None, number: int) -> None:
    part = canvas.beginText(x, y)
    part.setFont("Vera", SIZE)
    part.textOut(line[:mark_after])
    if mark_after is not None:
        part.setFont("Vera", MARK_SIZE)
        part.setRise(3)
        part.textOut(str(number))
        part.setRise(0)
        part.setFont("Vera", SIZE)
        part.textOut(line[mark_after:])
    canvas.drawText(part)


def _slots(canvas: Canvas, layout: Layout, width: float, truth: Truth) -> Iterator[tuple[float, float]]:
    """Yield where the lines go, page by page."""
    while True:
        truth.pages += 1
        canvas.setFont("Vera", 8)
        if layout.heads:
            canvas.drawString(LEFT, A4[1] - 50, "Stadt Musterhausen – Sitzungsdienst – Vorlage 123/2026")
            canvas.drawString(LEFT, 40, f"Seite {truth.pages} von 99")
        if layout.notes:
            canvas.drawString(LEFT, 70, f"1 Vergleiche die Anlage {truth.pages} zu dieser Vorlage.")
        for column in range(layout.columns):
            y = A4[1] - TOP
            while y > BOTTOM:
                yield LEFT + column * (width + GAP), y
                y -= LEADING
        canvas.showPage()


def _lines(words: list[str], width: float, truth: Truth, marked: int) -> Iterator[tuple[str, int | None]]:
    """Fill lines, breaking words; yield each with the offset behind which a footnote mark stands."""
    line, mark_after = "", None
    for number, word in enumerate(words):
        rest = word
        while True:
            lead = f"{line} " if line else ""
            if _fits(lead + rest, width):
                line = lead + rest
                break
            head = _broken(lead, rest, width)
            if head is not None:
                truth.broken += 1
                yield f"{lead}{head}-", mark_after
                rest = rest[len(head) :]
            elif line:
                yield line, mark_after
            else:
                line = rest
                break
            line, mark_after = "", None
        if number == marked:
            mark_after = len(line)
    if line:
        yield line, mark_after


def _broken(lead: str, word: str, width: float) -> str | None:
    if not re.fullmatch(r"[^\W\d_]{7,}[.,;:]?", word):
        return None
    places = [match.start() for match in _SYLLABLE.finditer(word) if 2 < match.start() < len(word) - 3]
    return next((word[:place] for place in reversed(places) if _fits(f"{lead}{word[:place]}-", width)), None)


def _fits(text: str, width: float) -> bool:
    return bool(pdfmetrics.stringWidth(text, "Vera", SIZE) <= width)


def words_of(text: str) -> list[str]:
    """Return words as they are compared: without case, and without footnote marks, which the analysis drops."""
    return _WORD.findall(text.translate(_WITHOUT_MARKS).lower())


def lost(truth: Truth, texts: list[str]) -> int:
    """Return how many words of the truth are not in texts."""
    found = Counter(word for text in texts for word in words_of(text))
    return sum((truth.words - found).values())


def main() -> None:
    """Print the table."""
    texts = paragraphs() * 3
    print("| layout | pages | words | broken | reader | lost as read | lost after clean-up |")
    print("|---|---:|---:|---:|---|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        for layout in LAYOUTS:
            path = Path(folder) / "text.pdf"
            truth = draw(path, layout, texts)
            total = sum(truth.words.values())
            for name, reader in READERS.items():
                pages = reader(path, FileLimits()).pages
                raw, clean = lost(truth, list(pages)), lost(truth, list(clean_pages(pages)))
                print(
                    f"| {layout.name} | {truth.pages} | {total:,} | {truth.broken:,} | {name} "
                    f"| {raw / total:.2%} | {clean / total:.2%} |"
                )


if __name__ == "__main__":
    main()
