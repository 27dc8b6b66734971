"""What a query is planned as: the parts to execute, how each word may be found, and what to mark."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from index.contract import SearchWarning
from index.query import nodes
from index.query.marking import Marks


@dataclass(frozen=True, slots=True)
class TypedWord:
    """A word of the query as typed, at ``start`` to ``end``, with its folded form: what spelling is checked for."""

    surface: str
    word: str
    start: int
    end: int


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
    node: nodes.Node | None


@dataclass(frozen=True, slots=True)
class Plan:
    """A query ready to run, by any engine."""

    wanted: tuple[nodes.Node, ...]
    restrictions: tuple[nodes.Node, ...]
    excluded: tuple[nodes.Node, ...]
    title: nodes.Node | None
    """The node for documents whose title has all of several words; None for other queries."""
    marks: Marks
    typed_words: tuple[TypedWord, ...]
    alternatives: tuple[Alternative, ...]
    is_question: bool
    """Whether the words are those of a sentence, of which hardly any document has all."""
    warnings: tuple[SearchWarning, ...]

    @property
    def root(self) -> nodes.Node:
        """The node that wants everything."""
        positive = (*self.wanted, *self.restrictions) or (nodes.Every(),)
        if not self.excluded and len(positive) == 1:
            return positive[0]
        return nodes.And((*positive, *map(nodes.Not, self.excluded)))
