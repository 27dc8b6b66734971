"""Snippets and marked texts: where in a document the words of a query stand.

All text is escaped here, once; only ``<mark>`` elements are added. Whole words are marked, also when a stem or a
beginning matched.
"""

from __future__ import annotations

import html
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import chain

from analyzers import GermanAnalysis, clean_text, surfaces, word_spans
from index.array_file import Array
from index.engine import Snippet
from index.execution import Execution
from index.plan import Marks
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

_NO_BREAK_SPACE = "\u00a0"
"""Keeps the dots of an excerpt with its words, so that none stand alone on a line."""

Span = tuple[int, int]
"""Begin and end of a word in a text."""


class Highlighter:
    """Marks the words of one search."""

    def __init__(self, marks: Marks, analysis: GermanAnalysis) -> None:
        self._marks = marks
        self._analysis = analysis
        self._is_marked: dict[str, bool] = {}

    def mark(self, text: str) -> str:
        """Return the escaped text with the words of the query marked."""
        words = surfaces(text) if self._marks else []
        found = [number for number, word in enumerate(words) if self._matches(word)]
        return _render(text, word_spans(text, found) if found else [], 0, len(text))

    def snippets(
        self, execution: Execution, segment: Segment, texts: Mapping[int, StoredText]
    ) -> dict[int, tuple[Snippet, ...]]:
        """Return the best excerpts of each of some documents, given with their texts, in the order of the text.

        A document with none of the words is shown by its beginning.
        """
        found = segment.data.text_positions(self._terms(execution, segment), texts)
        return {doc: self._snippets(execution, texts[doc], found[doc]) for doc in texts}

    def _snippets(
        self, execution: Execution, text: StoredText, found: Sequence[tuple[Array, int]]
    ) -> tuple[Snippet, ...]:
        execution.budget.check()
        if not found:
            return _beginning(text)
        occurrences = sorted((at, terms) for where, terms in found for at in where[:MAX_POSITIONS].tolist())
        windows = best_windows(occurrences, text.page_starts, WINDOW_WORDS - CONTEXT_WORDS, WINDOW_WORDS)
        marked = sorted(chain.from_iterable(where.tolist() for where, _ in found))
        return tuple(Snippet(text.page_at(window.first), _excerpt(text, window, marked)) for window in windows)

    def _terms(self, execution: Execution, segment: Segment) -> list[tuple[str, str]]:
        """Return what to look for in the text: on which side, and which term."""
        marks = self._marks
        return [
            *(("text", stem) for stem in marks.stems),
            *(("text_part", part) for part in marks.parts),
            *(("text_word", word) for word in marks.words),
            *((each.fieldname, term) for each in marks.patterns for term in execution.expand(each, segment)),
        ]

    def _matches(self, surface: str) -> bool:
        known = self._is_marked.get(surface)
        if known is None:
            known = self._is_marked[surface] = self._marks.matches(self._analysis.form(surface))
        return known


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
    spans = word_spans(excerpt, slice(first - position, end - position))
    start = 0 if first == page_start else spans[0][0]
    stop = len(excerpt) if end == page_end else spans[-1][1]
    shown = marked[bisect_left(marked, first) : bisect_left(marked, end)]
    rendered = " ".join(_render(excerpt, [spans[at - first] for at in shown], start, stop).split())
    before = "" if first == page_start else f"…{_NO_BREAK_SPACE}"
    after = "" if end == page_end else f"{_NO_BREAK_SPACE}…"
    return f"{before}{rendered}{after}"


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
    """Return each page, cleaned up by itself, escaped and with the words of the query marked."""
    return tuple(highlighter.mark(clean_text(page)) for page in pages)
