"""Plan nodes: what is looked for in the index's fields, independent of any engine.

Nodes are values: they can be compared, kept in sets, simplified and printed. A node's score is the sum of its parts'
times its ``weight``; BM25 for terms, the bare weight for prefixes, wildcards and words with typing errors and
days, 0 for negations and everything. Each engine executes or translates them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date


@dataclass(frozen=True, slots=True)
class Term:
    """A term of a field. Weight 0: documents only, no score."""

    field: str
    text: str
    weight: float = 1.0

    def __str__(self) -> str:
        return f"{self.field}:{self.text}{_written(self.weight)}"


@dataclass(frozen=True, slots=True)
class Phrase:
    """Terms of a field in this order, each at most ``slop`` positions after the one before; 1: next to each other."""

    field: str
    terms: tuple[str, ...]
    slop: int = 1
    weight: float = 1.0

    def __str__(self) -> str:
        return f'{self.field}:"{" ".join(self.terms)}"{_slop(self.slop)}{_written(self.weight)}'


@dataclass(frozen=True, slots=True)
class Near:
    """Two terms of a field at most ``slop`` positions apart; a document with both orders has the score of both."""

    field: str
    terms: tuple[str, str]
    slop: int
    weight: float = 1.0

    @property
    def orders(self) -> tuple[Phrase, Phrase]:
        """The two phrases this stands for."""
        first, second = self.terms
        return tuple(Phrase(self.field, pair, self.slop, self.weight) for pair in ((first, second), (second, first)))  # type: ignore[return-value]

    def __str__(self) -> str:
        return f"{self.field}:{{{' '.join(self.terms)}}}{_slop(self.slop)}{_written(self.weight)}"


@dataclass(frozen=True, slots=True)
class Prefix:
    """Any term of a field that begins with ``text``."""

    field: str
    text: str
    weight: float = 1.0

    def __str__(self) -> str:
        return f"{self.field}:{self.text}*{_written(self.weight)}"


@dataclass(frozen=True, slots=True)
class Wildcard:
    """Any term of a field that fits a pattern, in which each ``*`` stands for any letters or none."""

    field: str
    text: str
    weight: float = 1.0

    def __str__(self) -> str:
        return f"{self.field}:{self.text}{_written(self.weight)}"


@dataclass(frozen=True, slots=True)
class Fuzzy:
    """Any term of a field within ``max_edits`` of ``text`` (optimal string alignment) and with its first letters."""

    field: str
    text: str
    max_edits: int
    prefix_chars: int = 1
    weight: float = 1.0

    def __str__(self) -> str:
        return f"{self.field}:{self.text}~{self.max_edits}{_written(self.weight)}"


@dataclass(frozen=True, slots=True)
class DateRange:
    """Documents of a day from ``first`` to ``last``, both inclusive; None: open. Without a date: never."""

    first: date | None
    last: date | None
    weight: float = 0.0

    def __str__(self) -> str:
        return f"date:[{self.first or ''}..{self.last or ''}]{_written(self.weight or 1.0)}"


@dataclass(frozen=True, slots=True)
class And:
    """Documents of all parts; those that are ``Not`` take away."""

    parts: tuple[Node, ...]

    def __str__(self) -> str:
        return "(" + " & ".join(map(str, self.parts)) + ")"


@dataclass(frozen=True, slots=True)
class Or:
    """Documents of any part."""

    parts: tuple[Node, ...]
    weight: float = 1.0

    def __str__(self) -> str:
        return "(" + " | ".join(map(str, self.parts)) + f"){_written(self.weight)}"


@dataclass(frozen=True, slots=True)
class Not:
    """Documents that do not match the part."""

    part: Node

    def __str__(self) -> str:
        return f"-{self.part}"


@dataclass(frozen=True, slots=True)
class Every:
    """All documents."""

    def __str__(self) -> str:
        return "everything"


@dataclass(frozen=True, slots=True)
class Nothing:
    """No document."""

    def __str__(self) -> str:
        return "nothing"


Node = Term | Phrase | Near | Prefix | Wildcard | Fuzzy | DateRange | And | Or | Not | Every | Nothing
Expanded = Prefix | Wildcard | Fuzzy
"""Nodes that stand for terms which only the index knows."""


def either(nodes: Iterable[Node | None]) -> Node | None:
    """Return a node for documents that match any of ``nodes`` that there are; None when there are none."""
    some = [node for node in nodes if node is not None]
    if not some:
        return None
    return some[0] if len(some) == 1 else Or(tuple(some))


def simplified(node: Node) -> Node:
    """Return a node with the same documents and scores, without parts that change nothing. Idempotent.

    ``Nothing`` empties an ``And`` and falls out of an ``Or``; an ``And`` in an ``And`` and an unweighted ``Or`` in an
    ``Or`` are dissolved; a single part stands for itself.
    """
    match node:
        case And(parts):
            return _simplified_and([simplified(part) for part in parts])
        case Or(parts, weight):
            return _simplified_or([simplified(part) for part in parts], weight)
        case Not(part):
            inner = simplified(part)
            return Every() if isinstance(inner, Nothing) else Not(inner)
        case _:
            return node


def _simplified_and(parts: Sequence[Node]) -> Node:
    flat: list[Node] = []
    for part in parts:
        flat += part.parts if isinstance(part, And) else (part,)
    if any(isinstance(part, Nothing) for part in flat):
        return Nothing()
    told = [part for part in flat if not isinstance(part, Every)]
    if not told:
        return Every()
    return told[0] if len(told) == 1 else And(tuple(told))


def _simplified_or(parts: Sequence[Node], weight: float) -> Node:
    flat: list[Node] = []
    for part in parts:
        flat += part.parts if isinstance(part, Or) and part.weight == 1.0 else (part,)
    flat = [part for part in flat if not isinstance(part, Nothing)]
    if not flat:
        return Nothing()
    if len(flat) > 1:
        return Or(tuple(flat), weight)
    (only,) = flat
    if weight == 1.0:
        return only
    if isinstance(only, (Term, Phrase, Near, Prefix, Wildcard, Fuzzy, Or)):
        return replace(only, weight=only.weight * weight)
    return Or((only,), weight)


def _written(weight: float) -> str:
    return "" if weight == 1.0 else f"^{weight:g}"


def _slop(slop: int) -> str:
    return "" if slop == 1 else f"~{slop}"
