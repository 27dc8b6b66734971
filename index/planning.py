"""From a parsed query to what is executed: which terms in which fields, at what weight.

A plan keeps the parts of a query apart, because they behave differently when no document has all words: wanted parts
may then be missing, restrictions (``kommune:``, ``datum:``, ``typ:``) and exclusions hold all the same.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from rapidfuzz.distance import OSA
from whoosh import query as whoosh_query

from analyzers import GermanAnalysis, QueryWord, fold_word
from index.engine import SearchWarning
from index.fields import TEXT_FIELD, TEXT_FIELDS, TextField
from index.kommunen import KommuneDirectory
from index.query_language import All, Fielded, Node, ParsedQuery, Phrase, Without, Word
from index.query_language import Any as AnyOf

SEARCHED_FIELDS = tuple(field for field in TEXT_FIELDS if field.weight > 0)

PATTERN_WEIGHT = 2.0
"""Score of a word that matched a prefix or wildcard, before its field's weight: that of a common word."""

FUZZY_WEIGHT = 1.0
"""Score of a word that matched with typing errors, well below that of the word as typed."""


@dataclass(frozen=True, slots=True)
class TypedWord:
    """A word of the query as typed, at ``start`` to ``end``, with its folded form: what spelling is checked for."""

    surface: str
    word: str
    start: int
    end: int


@dataclass(slots=True)
class Marks:
    """What to mark in a text: stems, folded words, and conditions on folded words. Collected while planning."""

    stems: set[str] = field(default_factory=set)
    words: set[str] = field(default_factory=set)
    conditions: list[Callable[[str], bool]] = field(default_factory=list)
    patterns: list[Any] = field(default_factory=list)

    def matches(self, word: str, stem: str) -> bool:
        """Tell whether a word of a text, given in both forms, is to be marked."""
        return stem in self.stems or word in self.words or any(condition(word) for condition in self.conditions)

    def __bool__(self) -> bool:
        return bool(self.stems or self.words or self.conditions)


@dataclass(frozen=True, slots=True)
class Plan:
    """A query ready to run. ``wanted``, ``restrictions`` and ``excluded`` are Whoosh queries."""

    wanted: tuple[Any, ...]
    restrictions: tuple[Any, ...]
    excluded: tuple[Any, ...]
    marks: Marks
    typed_words: tuple[TypedWord, ...]
    warnings: tuple[SearchWarning, ...]

    @property
    def query(self) -> Any:
        """The query that wants everything."""
        return self.with_wanted(self.wanted)

    def with_wanted(self, wanted: Sequence[Any]) -> Any:
        """Return the query with other wanted parts, all of them needed."""
        positive = [*wanted, *self.restrictions] or [whoosh_query.Every()]
        if not self.excluded and len(positive) == 1:
            return positive[0]
        return whoosh_query.And([*positive, *(whoosh_query.Not(part) for part in self.excluded)])


def make_plan(parsed: ParsedQuery, analysis: GermanAnalysis, kommunen: KommuneDirectory, *, exact: bool) -> Plan:
    """Plan a parsed query. Total: whatever was parsed can be planned."""
    return _Planner(analysis, kommunen, exact).plan(parsed)


class _Planner:
    def __init__(self, analysis: GermanAnalysis, kommunen: KommuneDirectory, exact: bool) -> None:
        self.analysis = analysis
        self.kommunen = kommunen
        self.exact = exact
        self.marks = Marks()
        self.typed_words: list[TypedWord] = []
        self.warnings: list[SearchWarning] = []

    def plan(self, parsed: ParsedQuery) -> Plan:
        self.warnings.extend(parsed.warnings)
        parts = parsed.root.parts if isinstance(parsed.root, All) else (parsed.root,)
        wanted: list[Any] = []
        restrictions: list[Any] = []
        excluded: list[Any] = []
        for part in self._without_stop_words(parts):
            if isinstance(part, Without):
                if (query := self._unmarked(part.part)) is not None:
                    excluded.append(query)
            elif (query := self._node(part)) is not None:
                is_restriction = isinstance(part, Fielded) and part.name in ("kommune", "datum", "typ")
                (restrictions if is_restriction else wanted).append(query)
        return Plan(
            tuple(wanted),
            tuple(restrictions),
            tuple(excluded),
            self.marks,
            tuple(self.typed_words),
            tuple(dict.fromkeys(self.warnings)),
        )

    def _without_stop_words(self, parts: Sequence[Node]) -> Sequence[Node]:
        """Leave out function words where anything else is wanted."""
        meaningful = [part for part in parts if not self._is_stop(part)]
        positive = [part for part in meaningful if not isinstance(part, Without)]
        return meaningful if positive else parts

    def _is_stop(self, part: Node) -> bool:
        if not isinstance(part, Word) or part.is_pattern or part.is_fuzzy:
            return False
        words = self.analysis.query_words(part.text)
        return not words or all(word.is_stop for word in words)

    def _unmarked(self, node: Node) -> Any | None:
        """Plan a part that is not wanted, and so neither marked nor corrected."""
        marks, typed_words = self.marks, self.typed_words
        self.marks, self.typed_words = Marks(), []
        query = self._node(node)
        self.marks, self.typed_words = marks, typed_words
        return query

    def _node(self, node: Node, fields: Sequence[TextField] = SEARCHED_FIELDS) -> Any | None:
        match node:
            case Word():
                return self._word(node, fields)
            case Phrase():
                return self._together(self.analysis.query_words(node.text), fields)
            case Fielded():
                return self._fielded(node)
            case Without():
                query = self._unmarked(node.part)
                return None if query is None else whoosh_query.Not(query)
            case All():
                return self._combined(whoosh_query.And, self._without_stop_words(node.parts), fields)
            case AnyOf():
                return self._combined(whoosh_query.Or, node.parts, fields)

    def _combined(self, kind: Callable[[list[Any]], Any], parts: Iterable[Node], fields: Sequence[TextField]) -> Any:
        queries = [query for part in parts if (query := self._node(part, fields)) is not None]
        if not queries:
            return None
        if kind is whoosh_query.And and all(isinstance(query, whoosh_query.Not) for query in queries):
            queries.insert(0, whoosh_query.Every())
        return queries[0] if len(queries) == 1 else kind(queries)

    def _word(self, node: Word, fields: Sequence[TextField]) -> Any | None:
        if node.is_pattern:
            return self._pattern(fold_word(node.text), fields)
        words = self.analysis.query_words(node.text)
        self._remember(words, node)
        query = self._together(words, fields)
        if node.is_fuzzy and len(words) == 1 and query is not None:
            return whoosh_query.Or([query, self._fuzzy(words[0].word, fields)])
        return query

    def _remember(self, words: Sequence[QueryWord], node: Word) -> None:
        """Note where each word stands in the query, so that a correction can replace just that."""
        start = node.start
        if " " in node.text:
            return  # a star was taken out, so the places would be wrong
        for word in words:
            offset = node.text.find(word.surface, start - node.start)
            if offset >= 0:
                start = node.start + offset
                self.typed_words.append(TypedWord(word.surface, word.word, start, start + len(word.surface)))
                start += len(word.surface)

    def _together(self, words: Sequence[QueryWord], fields: Sequence[TextField]) -> Any | None:
        """Return the words in any of the fields, next to each other and in order if there are several."""
        if not words:
            return None
        queries = []
        for text_field in fields:
            use_words = self.exact or not text_field.stemmed
            terms = [word.word if use_words else word.stem for word in words]
            name = text_field.word_name if use_words else text_field.name
            boost = text_field.weight
            if len(terms) == 1:
                queries.append(whoosh_query.Term(name, terms[0], boost=boost))
            else:
                queries.append(whoosh_query.Phrase(name, terms, boost=boost))
        if self.exact:
            self.marks.words.update(word.word for word in words)
        else:
            self.marks.stems.update(word.stem for word in words)
        return queries[0] if len(queries) == 1 else whoosh_query.Or(queries)

    def _pattern(self, pattern: str, fields: Sequence[TextField]) -> Any:
        stem = pattern.rstrip("*")
        is_prefix = "*" not in stem
        if is_prefix:
            self.marks.conditions.append(lambda word: word.startswith(stem))
        else:
            regex = re.compile(".*".join(map(re.escape, pattern.split("*"))))
            self.marks.conditions.append(lambda word: regex.fullmatch(word) is not None)
        return self._expansion(
            lambda name, boost: (
                whoosh_query.Prefix(name, stem, boost=boost)
                if is_prefix
                else whoosh_query.Wildcard(name, pattern, boost=boost)
            ),
            PATTERN_WEIGHT,
            fields,
        )

    def _fuzzy(self, word: str, fields: Sequence[TextField]) -> Any:
        edits = max_edits(word)
        self.marks.conditions.append(lambda other: OSA.distance(word, other, score_cutoff=edits) <= edits)
        return self._expansion(
            lambda name, boost: whoosh_query.FuzzyTerm(name, word, boost=boost, maxdist=edits, prefixlength=1),
            FUZZY_WEIGHT,
            fields,
        )

    def _expansion(self, make: Callable[[str, float], Any], weight: float, fields: Sequence[TextField]) -> Any:
        queries = [make(text_field.word_name, weight * text_field.weight) for text_field in fields]
        self.marks.patterns.append(make("text_word", 1.0))
        return queries[0] if len(queries) == 1 else whoosh_query.Or(queries)

    def _fielded(self, node: Fielded) -> Any | None:
        if node.name == "titel":
            return self._node(node.part, (TEXT_FIELD["title"],))
        if node.name == "nr":
            return self._node(node.part, (TEXT_FIELD["reference"],))
        if node.name == "typ":
            return self._node(node.part, (TEXT_FIELD["type"],))
        if not isinstance(node.part, (Word, Phrase)):
            parts = [Fielded(node.name, part) for part in _leaves(node.part)]
            kind = whoosh_query.Or if isinstance(node.part, AnyOf) or node.name == "kommune" else whoosh_query.And
            return self._combined(kind, parts, SEARCHED_FIELDS)
        text = node.part.text
        if node.name == "kommune":
            if ids := self.kommunen.resolve(text):
                return whoosh_query.Or([whoosh_query.Term("kommune", kommune_id) for kommune_id in ids])
            self.warnings.append(
                SearchWarning("unknown_kommune", "there are no documents of this Kommune; searched as words", text)
            )
            return self._uncorrected(node.part, (TEXT_FIELD["meta"],))
        if days := parse_days(text):
            return whoosh_query.TermRange("date", days[0].isoformat(), days[1].isoformat())
        self.warnings.append(
            SearchWarning(
                "invalid_date", "a date is like 2013, 2013-11, 13.11.2013 or 2013..2014; searched as words", text
            )
        )
        return self._uncorrected(node.part, SEARCHED_FIELDS)

    def _uncorrected(self, node: Node, fields: Sequence[TextField]) -> Any | None:
        """Plan a part whose words are no words to correct: the value of a field."""
        typed_words, self.typed_words = self.typed_words, []
        query = self._node(node, fields)
        self.typed_words = typed_words
        return query


def _leaves(node: Node) -> list[Word | Phrase]:
    """Return the words and phrases of a group after a field name that takes values (``kommune:(Brühl OR Köln)``)."""
    match node:
        case Word() | Phrase():
            return [node]
        case Fielded() | Without():
            return _leaves(node.part)
        case All() | AnyOf():
            return [leaf for part in node.parts for leaf in _leaves(part)]


def max_edits(word: str) -> int:
    """Return how many typing errors a word of this length may have: 1 up to five letters, 2 from six."""
    return 1 if len(word) < 6 else 2


_YEAR = re.compile(r"(\d{4})")
_MONTH = re.compile(r"(\d{4})-(\d{1,2})|(\d{1,2})[./](\d{4})")
_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})\.(\d{1,2})\.(\d{4})")


def parse_days(text: str) -> tuple[date, date] | None:
    """Read a day, month, year or a range of them (``2013..2014``, ``2013-2014``) as first and last day, or None."""
    text = text.strip()
    first, separator, last = text.partition("..")
    if not separator and re.fullmatch(r"\d{4}[-–]\d{4}", text):
        first, separator, last = text[:4], "..", text[5:]
    if separator:
        begin = parse_days(first) if first else (date.min, date.min)
        end = parse_days(last) if last else (date.max, date.max)
        if begin and end and (first or last) and begin[0] <= end[1]:
            return begin[0], end[1]
        return None
    try:
        if match := _DAY.fullmatch(text):
            year, month, day = (match[1], match[2], match[3]) if match[1] else (match[6], match[5], match[4])
            return (only := date(int(year), int(month), int(day))), only
        if match := _MONTH.fullmatch(text):
            year, month = (match[1], match[2]) if match[1] else (match[4], match[3])
            return date(int(year), int(month), 1), last_of_month(int(year), int(month))
        if match := _YEAR.fullmatch(text):
            return date(int(match[1]), 1, 1), date(int(match[1]), 12, 31)
    except ValueError:
        return None
    return None


def last_of_month(year: int, month: int) -> date:
    """Return the last day of a month. Raises ``ValueError`` for a month that does not exist."""
    return date(year, month, calendar.monthrange(year, month)[1])
