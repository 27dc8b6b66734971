"""What a query is planned as: the parts to execute, how each word may be found, and what to mark."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from index.contract import NamedKommune, SearchWarning
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
class Wanted:
    """A word of the query, or several in parentheses, as ``typed``."""

    typed: str
    node: nodes.Node


@dataclass(frozen=True, slots=True)
class Plan:
    """A query ready to run, by any engine."""

    wanted: tuple[Wanted, ...]
    """The words, of which a document may lack some when few have all."""
    required: tuple[nodes.Node, ...]
    """What was asked for explicitly: phrases, and words in a field; never missing."""
    restrictions: tuple[nodes.Node, ...]
    excluded: tuple[nodes.Node, ...]
    title: nodes.Node | None
    """The node for documents whose title has all of several words; None for other queries."""
    preferred: tuple[NamedKommune, ...]
    """The Kommunen that the query names, whose documents count for more."""
    marks: Marks
    typed_words: tuple[TypedWord, ...]
    alternatives: tuple[Alternative, ...]
    is_question: bool
    """Whether the words are those of a sentence, of which hardly any document has all."""
    wants_all: bool
    """Whether it says itself that no word may be missing."""
    warnings: tuple[SearchWarning, ...]

    def or_corrected(self, corrected: Plan) -> Plan:
        """Return a plan that finds each word as it was typed here or as it is in a ``corrected`` spelling."""
        if len(self.wanted) != len(corrected.wanted) or len(self.required) != len(corrected.required):
            return corrected  # a correction that is a function word, which nothing is asked of
        wanted = (
            better if typed.node == better.node else Wanted(better.typed, nodes.Or((typed.node, better.node)))
            for typed, better in zip(self.wanted, corrected.wanted, strict=True)
        )
        required = (
            better if typed == better else nodes.Or((typed, better))
            for typed, better in zip(self.required, corrected.required, strict=True)
        )
        corrected.marks.add(self.marks)
        return replace(corrected, wanted=tuple(wanted), required=tuple(required))

    @property
    def root(self) -> nodes.Node:
        """The node that wants everything."""
        positive = (*(part.node for part in self.wanted), *self.required, *self.restrictions) or (nodes.Every(),)
        if not self.excluded and len(positive) == 1:
            return positive[0]
        return nodes.And((*positive, *map(nodes.Not, self.excluded)))
