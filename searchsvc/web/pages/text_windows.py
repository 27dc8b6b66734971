"""A document's text in windows: long documents are shown a part at a time, so that every page loads quickly.

A window holds whole pages; a page too long for one (a text that came without page breaks) is cut at a line or word.
Windows are those of the text itself, so that of a long one only what is shown need be marked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count

WINDOW_CHARS = 40_000
"""About as many characters are shown at once."""
MAX_MARKS = 1_000
"""Most words marked in a window; of a word that stands everywhere the first places are enough."""

_BLANK_LINES = re.compile(r"\n(?:[^\S\n]*\n){2,}")
"""More than one line without text, as letterheads leave them: of no use to a reader, and half a screen of nothing."""
_MARK = re.compile(r"<mark>(.*?)</mark>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class TextPart:
    """Part ``part`` of ``parts`` of page ``number``: the characters of ``page`` from ``start`` to ``end``."""

    number: int
    part: int
    parts: int
    page: str = field(repr=False)
    start: int
    end: int

    @property
    def text(self) -> str:
        """The part's own text."""
        return self.page[self.start : self.end]

    @property
    def chars(self) -> int:
        """Length of the text."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class ShownPart:
    """A part as escaped HTML with ``<mark>`` elements, and how many words of it are meant."""

    number: int
    part: int
    parts: int
    html: str
    marks: int

    @property
    def anchor(self) -> str:
        """Name of the place on the page."""
        return f"seite-{self.number}" if self.part == 1 else f"seite-{self.number}-{self.part}"


@dataclass(frozen=True, slots=True)
class Window:
    """The parts that are shown together."""

    parts: tuple[TextPart, ...]

    @property
    def first(self) -> TextPart:
        """The part it begins with."""
        return self.parts[0]

    @property
    def last(self) -> TextPart:
        """The part it ends with."""
        return self.parts[-1]

    @property
    def chars(self) -> int:
        """Length of all its text."""
        return sum(part.chars for part in self.parts)


def windows(pages: Sequence[str], *, window_chars: int = WINDOW_CHARS) -> tuple[Window, ...]:
    """Divide pages into windows; there is one at least, unless there are no pages."""
    found: list[Window] = []
    current: list[TextPart] = []
    size = 0
    for part in _parts(pages, window_chars):
        if current and size + part.chars > window_chars:
            found.append(Window(tuple(current)))
            current, size = [], 0
        current.append(part)
        size += part.chars
    return (*found, Window(tuple(current))) if current else tuple(found)


def window_of(found: Sequence[Window], number: int, part: int) -> int:
    """Return which window has a part of a page; the first for what does not exist."""
    for at, window in enumerate(found):
        if any((one.number, one.part) == (number, part) for one in window.parts):
            return at
    return 0


def shown(parts: Sequence[TextPart], marked: Sequence[str], *, max_marks: int = MAX_MARKS) -> list[ShownPart]:
    """Return parts with their marked HTML, in which only the first ``max_marks`` words stay marked."""
    number = count(1)
    return [
        ShownPart(
            part.number,
            part.part,
            part.parts,
            _MARK.sub(lambda mark: mark[0] if next(number) <= max_marks else mark[1], _without_gaps(html)),
            html.count("<mark>"),
        )
        for part, html in zip(parts, marked, strict=True)
    ]


def _without_gaps(html: str) -> str:
    return _BLANK_LINES.sub("\n\n", html).strip()


def _parts(pages: Iterable[str], max_chars: int) -> Iterable[TextPart]:
    for number, page in enumerate(pages, start=1):
        ends = _ends(page, max_chars)
        for part, (start, end) in enumerate(zip((0, *ends), ends, strict=False), start=1):
            yield TextPart(number, part, len(ends), page, start, end)


def _ends(page: str, max_chars: int) -> list[int]:
    """Return where the parts of a page end: behind at most ``max_chars``, and behind a line or word if that can be."""
    ends: list[int] = []
    start = 0
    while len(page) - start > max_chars:
        limit = start + max_chars
        at = max(page.rfind("\n", start, limit), page.rfind(" ", start, limit)) + 1
        start = at if at > start else limit
        ends.append(start)
    return [*ends, len(page)]
