"""Snippets: the best excerpts of found documents, from where the words of a query stand in them."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from analyzers import boilerplate_lines, word_spans
from index.contract import Snippet
from index.query.marking import Marker, Span, render
from index.query.phrases import phrase_places
from index.search.execution import Execution
from index.search.snippet_windows import Window, best_windows
from index.segments.positions import POSITION_BITS, POSITION_MASK
from index.segments.snapshot import Segment
from index.segments.stored_text import StoredText

CONTEXT_SHARE = 2 / 7
"""Of a snippet's words, those shown before the first marked one, if there is room."""
MIN_WORDS = 5
"""Words a page must have to be shown as a document's beginning."""
MAX_POSITIONS = 1_000
"""Places of a word in one document that are looked at; a text of hundreds of pages has more."""

_NO_BREAK_SPACE = "\u00a0"
"""Keeps the dots of an excerpt with its words, so that none stand alone on a line."""


@dataclass(frozen=True, slots=True)
class SnippetShape:
    """How many snippets a document has at most, and how many words of the text each holds at most."""

    count: int = 3
    words: int = 28

    @property
    def context(self) -> int:
        """Words shown before the first marked one."""
        return round(self.words * CONTEXT_SHARE)


class Snippets:
    """Cuts snippets of a shape for the words that a marker marks."""

    def __init__(self, marker: Marker, shape: SnippetShape) -> None:
        self._marker = marker
        self._shape = shape

    def of(
        self, execution: Execution, segment: Segment, texts: Mapping[int, StoredText]
    ) -> dict[int, tuple[Snippet, ...]]:
        """Return the best excerpts of each of some documents, given with their texts, in the order of the text.

        A document with none of the words is shown by its beginning.
        """
        terms = self._terms(execution, segment)
        found = segment.data.text_positions(terms, texts)
        if self._marker.phrases and texts:
            self._add_phrases(found, segment, len(terms))
        excerpts = {doc: self._excerpts(execution, text, *found[doc]) for doc, text in texts.items()}
        every = list(chain.from_iterable(excerpts.values()))
        spans = iter(word_spans([one.text for one in every], [one.words for one in every]))
        return {doc: tuple(Snippet(one.page, one.html(next(spans))) for one in each) for doc, each in excerpts.items()}

    def _add_phrases(self, found: dict[int, tuple[list[int], list[int]]], segment: Segment, first_bit: int) -> None:
        """Add the words in phrases to the positions and terms of documents; their bits begin at ``first_bit``."""
        docs = np.array(sorted(found), dtype=np.int64)
        added: dict[int, dict[int, int]] = {}
        for phrase, bits in self._marker.phrases:
            places = [segment.data.occurrences_of_any(phrase.side, step, docs) for step in phrase.steps]
            for bit, keys in zip(bits, phrase_places(places, phrase.slop), strict=True):
                for key in keys.tolist():
                    of_doc = added.setdefault(key >> POSITION_BITS, {})
                    position = key & POSITION_MASK
                    # The lowest bit of the phrases is the second; that of the words by themselves is not needed here.
                    of_doc[position] = of_doc.get(position, 0) | bit << first_bit
        for doc, of_doc in added.items():
            for position, terms in zip(*found[doc], strict=True):
                of_doc[position] = of_doc.get(position, 0) | terms
            positions = sorted(of_doc)
            found[doc] = positions, [of_doc[position] for position in positions]

    def _excerpts(
        self, execution: Execution, text: StoredText, positions: Sequence[int], terms: Sequence[int]
    ) -> list[_Excerpt]:
        execution.budget.check()
        if not positions:
            return _beginning(text, self._shape)
        looked_at = _first_of_each(positions, terms) if len(positions) > MAX_POSITIONS else (positions, terms)
        count, words = self._shape.count, self._shape.words
        windows = best_windows(*looked_at, text.page_starts, words - self._shape.context, words, count)
        return [_Excerpt.of(text, window, positions, self._shape) for window in windows]

    def _terms(self, execution: Execution, segment: Segment) -> list[tuple[str, str]]:
        """Return what to look for in the text: on which side, and which term."""
        marks = self._marker.marks
        return [
            *(("text", stem) for stem in marks.stems),
            *(("text_part", part) for part in marks.parts),
            *(("text_word", word) for word in marks.words),
            *((each.field, term) for each in marks.patterns for term in execution.expand(each, segment)),
        ]


def _first_of_each(positions: Sequence[int], terms: Sequence[int]) -> tuple[list[int], list[int]]:
    """Return the first ``MAX_POSITIONS`` places of each term, and which terms are at these."""
    seen: Counter[int] = Counter()
    chosen = []
    for at, which in zip(positions, terms, strict=True):
        seen[which] += 1
        if seen[which] <= MAX_POSITIONS:
            chosen.append((at, which))
    first_positions, first_terms = zip(*chosen, strict=True)
    return list(first_positions), list(first_terms)


@dataclass(frozen=True, slots=True)
class _Excerpt:
    """Words to show of a text that begins before them: ``words`` are numbers in it of the first, the marked, the last.

    ``is_first``, ``is_last``: whether the page begins or ends there, so that signs around the words are shown too.
    """

    page: int
    text: str
    words: list[int]
    is_first: bool
    is_last: bool

    @classmethod
    def of(cls, text: StoredText, window: Window, marked: Sequence[int], shape: SnippetShape) -> _Excerpt:
        page = text.page_at(window.first)
        page_start, page_end = text.page_starts[page - 1], text.page_end(page)
        first = max(page_start, window.first - shape.context)
        end = min(page_end, max(window.last + 1, first + shape.words))
        excerpt, position = text.excerpt(first, end - 1)
        shown = marked[bisect_left(marked, first) : bisect_left(marked, end)]
        words = [at - position for at in (first, *shown, end - 1)]
        return cls(page, excerpt, words, first == page_start, end == page_end)

    def html(self, spans: Sequence[Span]) -> str:
        """Return the excerpt escaped and with its words marked; ``spans``: where those of ``words`` are."""
        start = 0 if self.is_first else spans[0][0]
        stop = len(self.text) if self.is_last else spans[-1][1]
        shown = _without_boilerplate(self.text, start, stop, spans[1:-1])
        rendered = " ".join(" ".join(render(self.text, *piece) for piece in shown).split())
        before = "" if self.is_first else f"…{_NO_BREAK_SPACE}"
        after = "" if self.is_last else f"{_NO_BREAK_SPACE}…"
        return f"{before}{rendered}{after}"


def _without_boilerplate(
    text: str, start: int, stop: int, marked: Sequence[Span]
) -> list[tuple[Sequence[Span], int, int]]:
    """Return what to show of ``text[start:stop]``: pieces, each with the marked words in it.

    Lines with a marked word stay, and so does everything if nothing else would.
    """
    pieces: list[tuple[Sequence[Span], int, int]] = []
    done = start
    for begin, end in boilerplate_lines(text, start, stop):
        if any(begin <= at < end for at, _ in marked):
            continue
        if text[done:begin].strip():
            pieces.append(([span for span in marked if done <= span[0] < begin], done, begin))
        done = max(done, end)
    if text[done:stop].strip():
        pieces.append(([span for span in marked if span[0] >= done], done, stop))
    return pieces or [(marked, start, stop)]


def _beginning(text: StoredText, shape: SnippetShape) -> list[_Excerpt]:
    for page in range(1, text.page_count + 1):
        first, end = text.page_starts[page - 1], text.page_end(page)
        if end - first >= MIN_WORDS:
            return [_Excerpt.of(text, Window(first, first), [], shape)]
    return []
