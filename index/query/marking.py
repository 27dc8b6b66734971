"""Marking: which words of a text a query means, and texts with these in ``<mark>`` elements. Needs no index.

All text is escaped here, once; only ``<mark>`` elements are added. Whole words are marked, also when a stem or a
beginning matched; words of a phrase only where they stand in it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import count
from operator import or_

import numpy as np

from analyzers import Form, GermanAnalysis, clean_text, restore_letters, surfaces, word_spans
from index.query import nodes
from index.query.phrases import phrase_places
from index.query.time_budget import TimeBudget

WORDS_PER_CHECK = 2_000
"""Words of a page that are looked at before the time is looked at again."""

_SPECIAL = re.compile("[&<>\"']")
"""What HTML has a meaning for; no word of a text has any of it."""

_BY_ITSELF = 1
"""The bit of a word that is marked wherever it stands."""

Span = tuple[int, int]
"""Begin and end of a word in a text."""


@dataclass(frozen=True, slots=True)
class PhraseMark:
    """Words to mark where they stand together in order: of each the stems, or folded words, that it may have.

    ``slop``: how many positions a word may come after the one before.
    """

    steps: tuple[frozenset[str], ...]
    slop: int = 1
    of_stems: bool = True

    @property
    def side(self) -> str:
        """The side of the text that the terms of ``steps`` are looked up in."""
        return "text" if self.of_stems else "text_word"

    def term(self, form: Form) -> str:
        """Return what of a word of a text is compared."""
        return form.stem if self.of_stems else form.word


@dataclass(slots=True)
class Marks:
    """What to mark in a text: words by stem, by a part's stem, as folded, by a condition; phrases as such.

    Collected while planning.
    """

    stems: set[str] = field(default_factory=set)
    parts: set[str] = field(default_factory=set)
    words: set[str] = field(default_factory=set)
    conditions: list[Callable[[str], bool]] = field(default_factory=list)
    patterns: list[nodes.Expanded] = field(default_factory=list)
    phrases: list[PhraseMark] = field(default_factory=list)

    def add(self, other: Marks) -> None:
        """Mark what ``other`` marks as well."""
        for name in ("stems", "parts", "words"):
            getattr(self, name).update(getattr(other, name))
        for name in ("conditions", "patterns", "phrases"):
            getattr(self, name).extend(getattr(other, name))

    def matches(self, form: Form) -> bool:
        """Tell whether a word of a text is to be marked wherever it stands."""
        return (
            form.stem in self.stems
            or form.word in self.words
            or (bool(form.parts) and not self.parts.isdisjoint(form.parts))
            or any(condition(form.word) for condition in self.conditions)
        )

    def __bool__(self) -> bool:
        return bool(self.stems or self.words or self.conditions or self.phrases)


class _Kinds(dict[str, int]):
    """What each word of texts is, found out once: the bit of a word by itself, and one for each step of each phrase."""

    def __init__(self, marks: Marks, phrases: Sequence[tuple[PhraseMark, list[int]]], analysis: GermanAnalysis) -> None:
        super().__init__()
        self._marks = marks
        self._phrases = phrases
        self._analysis = analysis

    def __missing__(self, surface: str) -> int:
        form = self._analysis.form(surface)
        kind = _BY_ITSELF if self._marks.matches(form) else 0
        for phrase, bits in self._phrases:
            term = phrase.term(form)
            kind |= sum(bit for bit, step in zip(bits, phrase.steps, strict=True) if term in step)
        self[surface] = kind
        return kind


class Marker:
    """Marks the words of one query. ``phrases``: each with a bit for each of its steps; the lowest is the second."""

    def __init__(self, marks: Marks, analysis: GermanAnalysis) -> None:
        self.marks = marks
        bits = (1 << number for number in count(1))
        self.phrases = [(phrase, [next(bits) for _ in phrase.steps]) for phrase in dict.fromkeys(marks.phrases)]
        self._kinds = _Kinds(marks, self.phrases, analysis)

    def mark(self, text: str, budget: TimeBudget | None = None) -> str:
        """Return the escaped text with the words of the query marked. Raises ``SearchTimeout``, if there is a budget.

        Titles have none: they are read as long as somebody reads a result.
        """
        words = surfaces(text) if self.marks else []
        kinds: list[int] = []
        for start in range(0, len(words), WORDS_PER_CHECK):
            if budget is not None:
                budget.check()
            kinds += map(self._kinds.__getitem__, words[start : start + WORDS_PER_CHECK])
        found = [number for number, kind in enumerate(kinds) if kind & _BY_ITSELF]
        if self.phrases and (in_phrases := self._in_phrases(kinds)):
            found = sorted(in_phrases.union(found))
        return render(text, word_spans([text], [found])[0] if found else [], 0, len(text))

    def _in_phrases(self, kinds: Sequence[int]) -> set[int]:
        """Return the numbers of the words of a text that stand in one of the phrases."""
        found: set[int] = set()
        occurring = reduce(or_, kinds, 0)
        for phrase, bits in self.phrases:
            if all(bit & occurring for bit in bits):
                places = [np.array([at for at, kind in enumerate(kinds) if kind & bit]) for bit in bits]
                found.update(*(part.tolist() for part in phrase_places(places, phrase.slop)))
        return found


def render(text: str, marked: Sequence[Span], start: int, end: int) -> str:
    """Return ``text[start:end]`` escaped, with the words at ``marked`` in elements."""
    escape = html.escape if _SPECIAL.search(text, start, end) else str
    parts = []
    done = start
    for begin, stop in marked:
        parts += [escape(text[done:begin]), "<mark>", text[begin:stop], "</mark>"]
        done = stop
    parts.append(escape(text[done:end]))
    return "".join(parts)


def mark_pages(pages: Sequence[str], marker: Marker, budget: TimeBudget) -> tuple[str, ...]:
    """Return each page, cleaned up mostly by itself, escaped and with the words of the query marked.

    Raises ``SearchTimeout`` when the budget has no time left.
    """
    return tuple(marker.mark(clean_text(page), budget) for page in restore_letters(pages))
