"""What a query is planned as: the parts to execute, how each word may be found, and what to mark."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from whoosh import query as whoosh_query

from analyzers import Form
from index.engine import SearchWarning


class EitherOrder(whoosh_query.Or):  # type: ignore[misc]  # whoosh's classes are untyped
    """Phrases in one field of the same words in different orders."""


@dataclass(frozen=True, slots=True)
class TypedWord:
    """A word of the query as typed, at ``start`` to ``end``, with its folded form: what spelling is checked for."""

    surface: str
    word: str
    start: int
    end: int


@dataclass(slots=True)
class Marks:
    """What to mark in a text: words by stem, by a part's stem, as folded, by a condition. Collected while planning."""

    stems: set[str] = field(default_factory=set)
    parts: set[str] = field(default_factory=set)
    words: set[str] = field(default_factory=set)
    conditions: list[Callable[[str], bool]] = field(default_factory=list)
    patterns: list[Any] = field(default_factory=list)

    def matches(self, form: Form) -> bool:
        """Tell whether a word of a text is to be marked."""
        return (
            form.stem in self.stems
            or form.word in self.words
            or (bool(form.parts) and not self.parts.isdisjoint(form.parts))
            or any(condition(form.word) for condition in self.conditions)
        )

    def __bool__(self) -> bool:
        return bool(self.stems or self.words or self.conditions)


class Way(StrEnum):
    """A way in which a document can have a word of the query."""

    WORD = "word"
    PART = "part"
    SPAN = "span"
    NEAR = "near"
    SYNONYM = "synonym"
    DERIVED = "derived"
    FUZZY = "fuzzy"


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to find what was ``typed``; ``found`` is what it then finds, in words."""

    typed: str
    way: Way
    found: str
    query: Any


@dataclass(frozen=True, slots=True)
class Plan:
    """A query ready to run. ``wanted``, ``restrictions`` and ``excluded`` are Whoosh queries."""

    wanted: tuple[Any, ...]
    restrictions: tuple[Any, ...]
    excluded: tuple[Any, ...]
    title: Any | None
    """The query for documents whose title has all of several words; None for other queries."""
    marks: Marks
    typed_words: tuple[TypedWord, ...]
    alternatives: tuple[Alternative, ...]
    is_question: bool
    """Whether the words are those of a sentence, of which hardly any document has all."""
    warnings: tuple[SearchWarning, ...]

    @property
    def query(self) -> Any:
        """The query that wants everything."""
        positive = [*self.wanted, *self.restrictions] or [whoosh_query.Every()]
        if not self.excluded and len(positive) == 1:
            return positive[0]
        return whoosh_query.And([*positive, *(whoosh_query.Not(part) for part in self.excluded)])
