"""A document's text in windows: long documents are shown a part at a time, so that every page loads quickly.

A window holds whole pages; a page too long for one (a text that came without page breaks) is cut at a line or word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

WINDOW_CHARS = 40_000
"""About as many characters of HTML are shown at once."""

_PIECE = re.compile(r"<mark>.*?</mark>|&[^;\s]{1,10};|\s+|[^<&\s]{1,200}|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class TextPart:
    """Part ``part`` of ``parts`` of page ``number``, escaped HTML with ``<mark>`` elements, and how many these are."""

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


def windows(pages: Sequence[str], *, window_chars: int = WINDOW_CHARS) -> tuple[Window, ...]:
    """Divide pages of marked HTML into windows; there is one at least, unless there are no pages."""
    found: list[Window] = []
    current: list[TextPart] = []
    size = 0
    for part in _parts(pages, window_chars):
        if current and size + len(part.html) > window_chars:
            found.append(Window(tuple(current)))
            current, size = [], 0
        current.append(part)
        size += len(part.html)
    return (*found, Window(tuple(current))) if current else tuple(found)


def window_of(found: Sequence[Window], number: int, part: int) -> int:
    """Return which window has a part of a page; the first for what does not exist."""
    for at, window in enumerate(found):
        if any((one.number, one.part) == (number, part) for one in window.parts):
            return at
    return 0


def _parts(pages: Iterable[str], max_chars: int) -> Iterable[TextPart]:
    for number, html in enumerate(pages, start=1):
        pieces = list(_cut(html, max_chars)) if len(html) > max_chars else [html]
        for part, piece in enumerate(pieces, start=1):
            yield TextPart(number, part, len(pieces), piece, piece.count("<mark>"))


def _cut(html: str, max_chars: int) -> Iterable[str]:
    """Cut HTML into pieces of at most about ``max_chars``, never within a mark, an entity or, if it can be, a word."""
    start = 0
    while len(html) - start > max_chars:
        at = _place_to_cut(html, start, start + max_chars)
        yield html[start:at]
        start = at
    if start < len(html):
        yield html[start:]


def _place_to_cut(html: str, start: int, limit: int) -> int:
    at = max(html.rfind("\n", start, limit), html.rfind(" ", start, limit)) + 1
    mark = html.rfind("<mark>", start, at)
    if mark >= 0 and html.find("</mark>", mark, at) < 0:
        at = mark
    if at > start:
        return at
    # One word, or one mark, is longer than all that fits.
    for match in _PIECE.finditer(html, start):
        if match.end() > limit and match.start() > start:
            return match.start()
    return len(html)
