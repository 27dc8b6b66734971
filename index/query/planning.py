"""From a parsed query to what is executed: which terms in which fields, at what weight.

A plan keeps the parts of a query apart, because they behave differently when few documents have all words: wanted
words may then be missing; phrases, fields, restrictions (``kommune:``, ``datum:``, ``typ:``) and exclusions hold all
the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import pairwise, takewhile
from typing import TypeGuard

from analyzers import GermanAnalysis, is_degree, is_particle
from index.contract import NamedKommune
from index.query import nodes
from index.query.days import parse_month
from index.query.field_values import FieldValues, Value
from index.query.fields import TEXT_FIELD, TextField
from index.query.kommunen import KommuneDirectory
from index.query.language import All, Any, Fielded, Node, ParsedQuery, Phrase, Without, Word, written
from index.query.nodes import either
from index.query.plan import Plan, Wanted
from index.query.vocabulary import Vocabulary
from index.query.weights import Weights
from index.query.words import SEARCHED_FIELDS, Notes, Words

LONG_QUERY = 5
"""So many wanted words are a sentence."""

SHORT_QUESTION = 3
QUESTION_STOP_WORDS = 2
"""So many wanted words and so many function words are a sentence too: "Was kostet die Sanierung der Halle"."""

MAX_NAME_WORDS = 3
"""Words of a Kommune's name that are looked at."""

RESTRICTIONS = ("kommune", "datum", "typ")
"""Fields whose values say where to look, not what for."""


def make_plan(
    parsed: ParsedQuery,
    analysis: GermanAnalysis,
    kommunen: KommuneDirectory,
    weights: Weights,
    vocabulary: Vocabulary | None,
    *,
    exact: bool,
) -> Plan:
    """Plan a parsed query. Total: whatever was parsed can be planned. Without ``vocabulary``: only to mark words."""
    notes = Notes(warnings=list(parsed.warnings))
    words = Words(analysis, weights, vocabulary, notes, exact=exact)
    return _Planner(words, FieldValues(kommunen, words, notes), kommunen, notes, exact=exact).plan(parsed)


class _Planner:
    def __init__(
        self, words: Words, values: FieldValues, kommunen: KommuneDirectory, notes: Notes, *, exact: bool
    ) -> None:
        self._words = words
        self._field_values = values
        self._kommunen = kommunen
        self._notes = notes
        self._exact = exact

    def plan(self, parsed: ParsedQuery) -> Plan:
        root = parsed.root
        parts = root.parts if isinstance(root, All) else (root,)
        wanted: list[Wanted] = []
        required: list[nodes.Node] = []
        restrictions: list[nodes.Node] = []
        excluded: list[nodes.Node] = []
        meaningful = self._without_stop_words(self._with_joined_verb(parts))
        months = {} if self._exact else _months(meaningful)
        for at, part in enumerate(meaningful):
            if isinstance(part, Without):
                with self._notes.unwanted():
                    if (node := self._node(part.part)) is not None:
                        excluded.append(node)
            elif (node := self._node(part)) is None:
                continue
            elif at - 1 in months:
                days = nodes.DateRange(*months[at - 1], self._words.weights.day)
                name = wanted.pop()
                both = nodes.And((name.node, node))
                wanted.append(Wanted(f"{name.typed} {written(part)}", nodes.Or((both, days))))
            elif isinstance(part, Fielded) and part.name in RESTRICTIONS:
                restrictions.append(node)
            elif isinstance(part, (Fielded, Phrase)):
                required.append(node)
            else:
                wanted.append(Wanted(written(part), node))
        return Plan(
            tuple(wanted),
            tuple(required),
            tuple(restrictions),
            tuple(excluded),
            self._title(meaningful),
            () if self._exact else self._preferred(meaningful),
            self._notes.marks,
            tuple(self._notes.typed_words),
            tuple(self._notes.alternatives),
            len(wanted) >= LONG_QUERY
            or (len(wanted) >= SHORT_QUESTION and len(parts) - len(meaningful) >= QUESTION_STOP_WORDS),
            parsed.wants_all,
            tuple(dict.fromkeys(self._notes.warnings)),
        )

    def _title(self, parts: Sequence[Node]) -> nodes.Node | None:
        """Return a node for all words and phrases in the title; None when there are less than two, or other parts."""
        if len(parts) < 2 or not all(isinstance(part, (Word, Phrase)) for part in parts):
            return None
        words = [self._words.of(part.text) for part in parts if isinstance(part, (Word, Phrase))]
        wanted = [
            nodes.Phrase("title", tuple(word.stem for word in run))
            if len(run) > 1
            else nodes.Term("title", run[0].stem, 0.0)
            for run in words
            if run
        ]
        return nodes.And(tuple(wanted)) if len(wanted) > 1 else None

    def _preferred(self, parts: Sequence[Node]) -> tuple[NamedKommune, ...]:
        """Return the Kommunen that words of the query name, where there are others too."""
        directory = self._kommunen
        found: list[NamedKommune] = []
        at = 0
        while at < len(parts) and len(directory.by_id) > 1:
            typed, ids = self._named(parts[at : at + MAX_NAME_WORDS])
            found += [NamedKommune(" ".join(typed), directory.by_id[kommune_id]) for kommune_id in ids]
            at += max(1, len(typed))
        return tuple(dict.fromkeys(found))

    def _named(self, parts: Sequence[Node]) -> tuple[list[str], list[str]]:
        """Return the longest name that some parts begin with, as words, and the ids of the Kommunen of this name."""
        words = [part.text for part in takewhile(_is_plain, parts) if isinstance(part, Word)]
        for length in range(len(words), 0, -1):
            if ids := self._kommunen.named(" ".join(words[:length])):
                return words[:length], ids
        return [], []

    def _with_joined_verb(self, parts: Sequence[Node]) -> Sequence[Node]:
        """Put a verb and its particle at the end of a sentence together: "fallen … aus" is "ausfallen"."""
        if self._exact or len(parts) < SHORT_QUESTION or not _is_plain_particle(particle := parts[-1]):
            return parts
        for at, part in enumerate(parts[:-1]):
            if not isinstance(part, Word) or not _is_plain(part) or self._is_stop(part):
                continue
            if verbs := self._words.with_particle(part, particle):
                verb = verbs[0] if len(verbs) == 1 else Any(tuple(verbs))
                return [*parts[:at], verb, *parts[at + 1 : -1]]
        return parts

    def _without_stop_words(self, parts: Sequence[Node]) -> Sequence[Node]:
        """Leave out function words where anything else is wanted."""
        befores = (None, *parts)[: len(parts)]
        meaningful = [
            part
            for before, part in zip(befores, parts, strict=True)
            if not self._is_stop(part) and not _is_degree(before, part)
        ]
        positive = [part for part in meaningful if not isinstance(part, Without)]
        return meaningful if positive else parts

    def _is_stop(self, part: Node) -> bool:
        if not isinstance(part, Word) or part.is_pattern or part.is_fuzzy:
            return False
        words = self._words.of(part.text)
        return not words or all(word.is_stop for word in words)

    def _node(self, node: Node, fields: Sequence[TextField] = SEARCHED_FIELDS) -> nodes.Node | None:
        match node:
            case Word() | Phrase():
                return self._words.either(node, fields)
            case Fielded():
                return self._fielded(node)
            case Without():
                with self._notes.unwanted():
                    return _negated(self._node(node.part, fields))
            case All():
                return _all_of([self._node(part, fields) for part in self._without_stop_words(node.parts)])
            case Any():
                return either([self._node(part, fields) for part in node.parts])

    def _fielded(self, node: Fielded) -> nodes.Node | None:
        match node.name:
            case "titel":
                return self._node(node.part, (TEXT_FIELD["title"],))
            case "nr":
                with self._notes.unmarked():
                    return self._node(node.part, (TEXT_FIELD["reference"],))
            case "typ":
                with self._notes.unmarked():
                    return self._node(node.part, (TEXT_FIELD["type"],))
            case "kommune":
                return self._values(node.part, self._field_values.kommune, has_one=True)
            case _:
                return self._values(node.part, self._field_values.date, has_one=False)

    def _values(self, node: Node, value: Value, *, has_one: bool) -> nodes.Node | None:
        """Plan what stands behind the name of a field that has values; ``has_one``: no document has two of them."""
        match node:
            case Word() | Phrase():
                return value(node)
            case Fielded():
                return self._fielded(node)
            case Without():
                with self._notes.unwanted():
                    return _negated(self._values(node.part, value, has_one=has_one))
            case Any():
                return either([self._values(part, value, has_one=has_one) for part in node.parts])
            case All():
                others = [part for part in node.parts if isinstance(part, (Without, Fielded))]
                wanted = [self._values(part, value, has_one=has_one) for part in node.parts if part not in others]
                rest = [self._values(part, value, has_one=has_one) for part in others]
                return _all_of([either(wanted), *rest] if has_one else [*wanted, *rest])


def _is_plain(part: Node) -> bool:
    return isinstance(part, Word) and not part.is_pattern and not part.is_fuzzy


def _is_plain_particle(part: Node) -> TypeGuard[Word]:
    return isinstance(part, Word) and _is_plain(part) and is_particle(written(part))


def _is_degree(before: Node | None, part: Node) -> bool:
    return isinstance(before, Word) and isinstance(part, Word) and is_degree(part.text, before.text)


def _months(parts: Sequence[Node]) -> dict[int, tuple[date, date]]:
    """Return the months that are named with their year, by the place of the name: "Oktober 2023"."""
    return {
        at: days
        for at, (name, year) in enumerate(pairwise(parts))
        if isinstance(name, Word) and isinstance(year, Word) and (days := parse_month(name.text, year.text))
    }


def _all_of(found: Iterable[nodes.Node | None]) -> nodes.Node | None:
    """Return a node for documents that match all of ``found`` that there are; None when there are none."""
    some = [node for node in found if node is not None]
    if not some:
        return None
    if all(isinstance(node, nodes.Not) for node in some):
        some.insert(0, nodes.Every())
    return some[0] if len(some) == 1 else nodes.And(tuple(some))


def _negated(node: nodes.Node | None) -> nodes.Node | None:
    return None if node is None else nodes.Not(node)
