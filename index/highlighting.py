"""Snippets and marked texts: where in a document the words of a query stand.

All text is escaped here, once; only ``<mark>`` elements are added. Whole words are marked, also when a stem or a
beginning matched.
"""

from __future__ import annotations

import html
from bisect import bisect_left
from collections.abc import Sequence
from itertools import chain

from analyzers import GermanAnalysis, clean_text, word_spans
from index.engine import Snippet
from index.execution import Execution
from index.planning import Marks
from index.snapshot import Segment
from index.snippet_windows import Window, best_windows
from index.stored_text import StoredText

WINDOW_WORDS = 28
"""A snippet holds at most this many words of the text."""
CONTEXT_WORDS = 8
"""Words shown before the first marked one, if there is room."""
MIN_WORDS = 5
"""Words a page must have to be shown as a document's beginning."""
MAX_POSITIONS = 1_000
"""Places of a word in one document that are looked at; a text of hundreds of pages has more."""

Span = tuple[int, int]
"""Begin and end of a word in a text."""


class Highlighter:
    """Marks the words of one search."""

    def __init__(self, marks: Marks, analysis: GermanAnalysis) -> None:
        self._marks = marks
        self._analysis = analysis
        self._terms = [
            *(("text", stem) for stem in sorted(marks.stems)),
            *(("text_part", part) for part in sorted(marks.parts)),
            *(("text_word", word) for word in sorted(marks.words)),
        ]

    def mark(self, text: str) -> str:
        """Return the escaped text with the words of the query marked."""
        spans = word_spans(text) if self._marks else []
        return _render(text, [span for span in spans if self._matches(text[slice(*span)])], 0, len(text))

    def snippets(self, execution: Execution, segment: Segment, doc: int, text: StoredText) -> tuple[Snippet, ...]:
        """Return the best excerpts of a document, in the order of its text; its beginning when no word is in it."""
        positions = self._positions(execution, segment, doc)
        if not positions:
            return _beginning(text)
        terms = [part[:MAX_POSITIONS] for part in positions]
        windows = best_windows(terms, text.page_starts, WINDOW_WORDS - CONTEXT_WORDS, WINDOW_WORDS)
        marked = sorted(set(chain.from_iterable(positions)))
        return tuple(Snippet(text.page_at(window.first), _excerpt(text, window, marked)) for window in windows)

    def _positions(self, execution: Execution, segment: Segment, doc: int) -> list[list[int]]:
        """Return the ascending positions in a document of each of the query's terms that is in it."""
        terms = self._terms
        for pattern in self._marks.patterns:
            terms = [*terms, *((pattern.fieldname, term) for term in execution.expand(pattern, segment))]
        found = (segment.data.positions_in(field, term, doc) for field, term in terms)
        return [where.tolist() for where in found if len(where)]

    def _matches(self, surface: str) -> bool:
        return self._marks.matches(self._analysis.form(surface))


def _beginning(text: StoredText) -> tuple[Snippet, ...]:
    for page in range(1, text.page_count + 1):
        first, end = text.page_starts[page - 1], text.page_end(page)
        if end - first >= MIN_WORDS:
            return (Snippet(page, _excerpt(text, Window(first, first), [])),)
    return ()


def _excerpt(text: StoredText, window: Window, marked: Sequence[int]) -> str:
    page = text.page_at(window.first)
    page_start, page_end = text.page_starts[page - 1], text.page_end(page)
    first = max(page_start, window.first - CONTEXT_WORDS)
    end = min(page_end, max(window.last + 1, first + WINDOW_WORDS))
    excerpt, position = text.excerpt(first, end - 1)
    spans = word_spans(excerpt, first - position, end - position)
    start = 0 if first == page_start else spans[0][0]
    stop = len(excerpt) if end == page_end else spans[-1][1]
    shown = marked[bisect_left(marked, first) : bisect_left(marked, end)]
    rendered = " ".join(_render(excerpt, [spans[at - first] for at in shown], start, stop).split())
    return f"{'' if first == page_start else '… '}{rendered}{'' if end == page_end else ' …'}"


def _render(text: str, marked: Sequence[Span], start: int, end: int) -> str:
    """Return ``text[start:end]`` escaped, with the words at ``marked`` in elements."""
    parts = []
    done = start
    for begin, stop in marked:
        parts += [html.escape(text[done:begin]), "<mark>", html.escape(text[begin:stop]), "</mark>"]
        done = stop
    parts.append(html.escape(text[done:end]))
    return "".join(parts)


def highlight_pages(pages: Sequence[str], highlighter: Highlighter) -> tuple[str, ...]:
    """Return each page, cleaned up as it was for the index, escaped and with the words of the query marked."""
    return tuple(highlighter.mark(clean_text(page)) for page in pages)
