"""Snippets and marked texts: where in a document the words of a query stand.

All text is escaped here, once; only ``<mark>`` elements are added. Whole words are marked, also when a stem or a
beginning matched.
"""

from __future__ import annotations

import html
from collections.abc import Sequence

from analyzers import GermanAnalysis, clean_text, word_spans
from index.array_file import Array
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

    def mark(self, text: str) -> str:
        """Return the escaped text with the words of the query marked."""
        return self._render(text, word_spans(text) if self._marks else [], 0, len(text))

    def snippets(self, execution: Execution, segment: Segment, doc: int, text: StoredText) -> tuple[Snippet, ...]:
        """Return the best excerpts of a document, in the order of its text; its beginning when no word is in it."""
        positions = self._positions(execution, segment, doc)
        if not positions:
            return self._beginning(text)
        windows = best_windows(positions, text.page_starts, WINDOW_WORDS - CONTEXT_WORDS, WINDOW_WORDS)
        return tuple(Snippet(text.page_at(window.first), self._excerpt(text, window)) for window in windows)

    def _positions(self, execution: Execution, segment: Segment, doc: int) -> list[Array]:
        """Return the positions in a document of each of the query's terms that is in it."""
        terms = [("text", stem) for stem in sorted(self._marks.stems)]
        terms += [("text_part", part) for part in sorted(self._marks.parts)]
        terms += [("text_word", word) for word in sorted(self._marks.words)]
        for pattern in self._marks.patterns:
            terms += [(pattern.fieldname, term) for term in execution.expand(pattern, segment)]
        found = (segment.data.positions_in(field, term, doc) for field, term in terms)
        return [where[:MAX_POSITIONS] for where in found if len(where)]

    def _beginning(self, text: StoredText) -> tuple[Snippet, ...]:
        for page in range(1, text.page_count + 1):
            first, end = text.page_starts[page - 1], text.page_end(page)
            if end - first >= MIN_WORDS:
                return (Snippet(page, self._excerpt(text, Window(first, first))),)
        return ()

    def _excerpt(self, text: StoredText, window: Window) -> str:
        page = text.page_at(window.first)
        page_start, page_end = text.page_starts[page - 1], text.page_end(page)
        first = max(page_start, window.first - CONTEXT_WORDS)
        end = min(page_end, max(window.last + 1, first + WINDOW_WORDS))
        excerpt, position = text.excerpt(first, end - 1)
        spans = word_spans(excerpt, end - position)[first - position :]
        return self._cut(excerpt, spans, at_start=first == page_start, at_end=end == page_end)

    def _cut(self, text: str, spans: Sequence[Span], *, at_start: bool = False, at_end: bool = False) -> str:
        start = 0 if at_start else spans[0][0]
        end = len(text) if at_end else spans[-1][1]
        rendered = " ".join(self._render(text, spans if self._marks else [], start, end).split())
        return f"{'' if at_start else '… '}{rendered}{'' if at_end else ' …'}"

    def _render(self, text: str, spans: Sequence[Span], start: int, end: int) -> str:
        parts = []
        done = start
        for begin, stop in spans:
            if self._marks.matches(self._analysis.form(text[begin:stop])):
                parts += [html.escape(text[done:begin]), "<mark>", html.escape(text[begin:stop]), "</mark>"]
                done = stop
        parts.append(html.escape(text[done:end]))
        return "".join(parts)


def highlight_pages(pages: Sequence[str], highlighter: Highlighter) -> tuple[str, ...]:
    """Return each page, cleaned up as it was for the index, escaped and with the words of the query marked."""
    return tuple(highlighter.mark(clean_text(page)) for page in pages)
