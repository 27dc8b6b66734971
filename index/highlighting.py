"""Snippets and marked texts: where in a document the words of a query stand.

All text is escaped here, once; only ``<mark>`` elements are added. Whole words are marked, also when a stem or a
beginning matched.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from analyzers import GermanAnalysis, Token, clean_text, tokenize
from index.engine import Snippet
from index.execution import Execution
from index.planning import Marks
from index.snapshot import Segment
from index.stored_text import StoredText

MAX_SNIPPETS = 3
WINDOW_WORDS = 28
"""A snippet holds at most this many words of the text."""
CONTEXT_WORDS = 8
"""Words shown before the first marked one, if there is room."""
MIN_WORDS = 5
"""Words a page must have to be shown as a document's beginning."""
MAX_POSITIONS = 5_000
"""Places of a query's words in one document that are looked at; a text of hundreds of pages has more."""


class Highlighter:
    """Marks the words of one search."""

    def __init__(self, marks: Marks, analysis: GermanAnalysis) -> None:
        self._marks = marks
        self._analysis = analysis

    def mark(self, text: str) -> str:
        """Return the escaped text with the words of the query marked."""
        return self._render(text, list(tokenize(text)) if self._marks else [], 0, len(text))

    def snippets(self, execution: Execution, segment: Segment, doc: int) -> tuple[Snippet, ...]:
        """Return the best excerpts of a document, in the order of its text; its beginning when no word is in it."""
        text = segment.text(doc)
        positions = self._positions(execution, segment, doc)
        if not positions:
            return self._beginning(text)
        windows = sorted(_best_windows(positions, text), key=lambda window: window.first)
        return tuple(Snippet(text.page_at(window.first), self._excerpt(text, window)) for window in windows)

    def _positions(self, execution: Execution, segment: Segment, doc: int) -> list[tuple[int, int]]:
        """Return (position, number of the term) for the query's words in a document, in order."""
        postings = segment.data.postings
        terms = [("text", stem) for stem in sorted(self._marks.stems)]
        terms += [("text_word", word) for word in sorted(self._marks.words)]
        for pattern in self._marks.patterns:
            terms += [(pattern.fieldname, term) for term in execution.expand(pattern, segment)]
        found: list[tuple[int, int]] = []
        for number, (field, term) in enumerate(terms):
            docs = postings.postings(field, term).docs
            at = int(np.searchsorted(docs, doc))
            if at < len(docs) and docs[at] == doc:
                where = postings.positions(field, term, [doc])[0]
                found += [(position, number) for position in where[:MAX_POSITIONS].tolist()]
        return sorted(found)[:MAX_POSITIONS]

    def _beginning(self, text: StoredText) -> tuple[Snippet, ...]:
        for page in range(1, text.page_count + 1):
            first, end = text.page_starts[page - 1], text.page_end(page)
            if end - first >= MIN_WORDS:
                return (Snippet(page, self._excerpt(text, _Window(first, first, frozenset()))),)
        return ()

    def _excerpt(self, text: StoredText, window: _Window) -> str:
        page = text.page_at(window.first)
        page_start, page_end = text.page_starts[page - 1], text.page_end(page)
        first = max(page_start, window.first - CONTEXT_WORDS)
        end = min(page_end, max(window.last + 1, first + WINDOW_WORDS))
        excerpt, position = text.excerpt(first, end - 1)
        tokens = list(islice(tokenize(excerpt), first - position, end - position))
        return self._cut(excerpt, tokens, at_start=first == page_start, at_end=end == page_end)

    def _cut(self, text: str, tokens: Sequence[Token], *, at_start: bool = False, at_end: bool = False) -> str:
        start = 0 if at_start else tokens[0].start
        end = len(text) if at_end else tokens[-1].end
        rendered = " ".join(self._render(text, tokens if self._marks else [], start, end).split())
        return f"{'' if at_start else '… '}{rendered}{'' if at_end else ' …'}"

    def _render(self, text: str, tokens: Sequence[Token], start: int, end: int) -> str:
        parts = []
        done = start
        for token in tokens:
            word, stem = self._analysis.form(token.surface)
            if self._marks.matches(word, stem):
                parts += [html.escape(text[done : token.start]), "<mark>", html.escape(token.surface), "</mark>"]
                done = token.end
        parts.append(html.escape(text[done:end]))
        return "".join(parts)


def highlight_pages(pages: Sequence[str], highlighter: Highlighter) -> tuple[str, ...]:
    """Return each page, cleaned up as it was for the index, escaped and with the words of the query marked."""
    return tuple(highlighter.mark(clean_text(page)) for page in pages)


@dataclass(frozen=True, slots=True)
class _Window:
    first: int
    last: int
    terms: frozenset[int]


def _best_windows(positions: Sequence[tuple[int, int]], text: StoredText) -> list[_Window]:
    """Choose up to ``MAX_SNIPPETS`` runs of words: first those with most different words, then with new ones."""
    span = WINDOW_WORDS - CONTEXT_WORDS
    windows = []
    for at, (first, _) in enumerate(positions):
        end = min(first + span, text.page_end(text.page_at(first)))
        inside = [(position, term) for position, term in positions[at : at + span] if position < end]
        windows.append((_Window(first, inside[-1][0], frozenset(term for _, term in inside)), len(inside)))
    chosen: list[_Window] = []
    shown: set[int] = set()
    while windows and len(chosen) < MAX_SNIPPETS:
        window, _ = max(
            windows, key=lambda item: (len(item[0].terms - shown), len(item[0].terms), item[1], -item[0].first)
        )
        chosen.append(window)
        shown |= window.terms
        windows = [item for item in windows if abs(item[0].first - window.first) > WINDOW_WORDS]
    return chosen
