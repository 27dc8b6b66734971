"""From a parsed query to what is executed: which terms in which fields, at what weight.

A plan keeps the parts of a query apart, because they behave differently when no document has all words: wanted parts
may then be missing, restrictions (``kommune:``, ``datum:``, ``typ:``) and exclusions hold all the same.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any

from rapidfuzz.distance import OSA
from whoosh import query as whoosh_query

from analyzers import GermanAnalysis, QueryWord, clean_text, fold_word
from index.days import parse_days
from index.engine import SearchWarning
from index.fields import TEXT_FIELD, TEXT_FIELDS, TextField
from index.kommunen import KommuneDirectory
from index.plan import Alternative, EitherOrder, Marks, Plan, TypedWord, Way
from index.query_language import All, Fielded, Node, ParsedQuery, Phrase, Without, Word
from index.query_language import Any as AnyOf
from index.snapshot import Snapshot
from index.weights import Weights

SEARCHED_FIELDS = tuple(field for field in TEXT_FIELDS if not field.searched_by_name_only)

NEAR_FIELDS = (TEXT_FIELD["title"], TEXT_FIELD["text"])
"""Where the parts of a query's compound are looked for near each other."""

RARE_DOCS = 100
"""Only of a compound in fewer documents the parts are looked for: of a common one they add nothing but work."""

NEAR_SLOP = 5
"""How many words further the second part may be: "Bekämpfung von Stechmücken" is 2."""

STEMS = operator.attrgetter("stem_name")
PARTS = operator.attrgetter("part_name")
SPANS = operator.attrgetter("span_name")
"""The sides of a field that stems, parts of words and what spans several words are looked up in."""

COMPOUNDS = ("text", "text_span")
"""Where to see how common a compound is."""

LONG_QUERY = 5
"""So many wanted words are a sentence."""

SHORT_QUESTION = 3
QUESTION_STOP_WORDS = 2
"""So many wanted words and so many function words are a sentence too: "Was kostet die Sanierung der Halle"."""

PARAGRAPH = "§"

LETTERS_AND_DIGITS = re.compile(r"([^\W\d_]+)(\d+)")

LINKING = ("", "s", "es", "n", "en", "er")
"""Letters between the parts of a compound."""


def make_plan(
    parsed: ParsedQuery,
    analysis: GermanAnalysis,
    kommunen: KommuneDirectory,
    weights: Weights,
    snapshot: Snapshot | None,
    *,
    exact: bool,
) -> Plan:
    """Plan a parsed query. Total: whatever was parsed can be planned. Without ``snapshot``: only to mark words."""
    return _Planner(analysis, kommunen, weights, snapshot, exact).plan(parsed)


class _Planner:
    def __init__(
        self,
        analysis: GermanAnalysis,
        kommunen: KommuneDirectory,
        weights: Weights,
        snapshot: Snapshot | None,
        exact: bool,
    ) -> None:
        self.analysis = analysis
        self.kommunen = kommunen
        self.weights = weights
        self.snapshot = snapshot
        self.exact = exact
        self.query_words = cache(analysis.query_words)
        self.marks = Marks()
        self.alternatives: list[Alternative] = []
        self.typed_words: list[TypedWord] = []
        self.warnings: list[SearchWarning] = []

    def plan(self, parsed: ParsedQuery) -> Plan:
        self.warnings.extend(parsed.warnings)
        parts = parsed.root.parts if isinstance(parsed.root, All) else (parsed.root,)
        wanted: list[Any] = []
        restrictions: list[Any] = []
        excluded: list[Any] = []
        meaningful = self._without_stop_words(parts)
        for part in meaningful:
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
            self._title(meaningful),
            self.marks,
            tuple(self.typed_words),
            tuple(self.alternatives),
            len(wanted) >= LONG_QUERY
            or (len(wanted) >= SHORT_QUESTION and len(parts) - len(meaningful) >= QUESTION_STOP_WORDS),
            tuple(dict.fromkeys(self.warnings)),
        )

    def _title(self, parts: Sequence[Node]) -> Any | None:
        """Return a query for all words and phrases in the title; None when there are less than two, or other parts."""
        if len(parts) < 2 or not all(isinstance(part, (Word, Phrase)) for part in parts):
            return None
        words = [self.query_words(part.text) for part in parts if isinstance(part, (Word, Phrase))]
        queries = [
            whoosh_query.Phrase("title", [word.stem for word in run])
            if len(run) > 1
            else whoosh_query.Term("title", run[0].stem, boost=0.0)
            for run in words
            if run
        ]
        return whoosh_query.And(queries) if len(queries) > 1 else None

    def _without_stop_words(self, parts: Sequence[Node]) -> Sequence[Node]:
        """Leave out function words where anything else is wanted."""
        meaningful = [part for part in parts if not self._is_stop(part)]
        positive = [part for part in meaningful if not isinstance(part, Without)]
        return meaningful if positive else parts

    def _is_stop(self, part: Node) -> bool:
        if not isinstance(part, Word) or part.is_pattern or part.is_fuzzy:
            return False
        words = self.query_words(part.text)
        return not words or all(word.is_stop for word in words)

    def _unmarked(self, node: Node) -> Any | None:
        """Plan a part that is not wanted, and so neither marked nor corrected."""
        kept = self.marks, self.typed_words, self.alternatives
        self.marks, self.typed_words, self.alternatives = Marks(), [], []
        query = self._node(node)
        self.marks, self.typed_words, self.alternatives = kept
        return query

    def _node(self, node: Node, fields: Sequence[TextField] = SEARCHED_FIELDS) -> Any | None:
        match node:
            case Word():
                return self._word(node, fields)
            case Phrase():
                return self._phrase(node, fields)
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
        words = self.query_words(node.text)
        self._remember(words, node)
        ways = [] if self.exact else self._ways(node.text, words, fields)
        if node.text.startswith(PARAGRAPH) and ways:
            self.marks.words.update(word.word for word in words)  # found only behind the sign: "3" alone is no § 3
        else:
            ways.insert(0, Alternative(node.text, Way.WORD, node.text, self._together(words, fields)))
        if node.is_fuzzy and len(words) == 1:
            ways.append(Alternative(node.text, Way.FUZZY, node.text, self._fuzzy(words[0].word, fields)))
        ways = [way for way in ways if way.query is not None]
        if not ways and words:
            ways.append(Alternative(node.text, Way.WORD, node.text, whoosh_query.NullQuery))
        self.alternatives += ways
        return _either(way.query for way in ways)

    def _phrase(self, node: Phrase, fields: Sequence[TextField]) -> Any | None:
        words = self.query_words(node.text)
        query = self._together(words, fields, slop=node.slop)
        return whoosh_query.NullQuery if query is None and words else query

    def _ways(self, typed: str, words: Sequence[QueryWord], fields: Sequence[TextField]) -> list[Alternative]:
        """Return how else a word can be found than as it is."""
        ways = []
        spans = self.analysis.spanning_stems(clean_text(typed))
        stems = [word.stem for word in words]
        joined = stems if len(words) == 1 else spans
        self.marks.parts.update(joined)
        self.marks.stems.update(joined)
        if len(words) > 1:
            terms = self._any_of(joined, STEMS, fields, 1.0)
            ways.append(Alternative(typed, Way.WORD, typed.replace("-", ""), terms))
        ways.append(Alternative(typed, Way.PART, typed, self._any_of(joined, PARTS, fields, self.weights.part)))
        across = list(dict.fromkeys([*spans, *joined]))
        ways.append(Alternative(typed, Way.SPAN, typed, self._any_of(across, SPANS, fields, self.weights.span)))
        if len(words) == 1:
            linked_otherwise = self.analysis.linked_otherwise(words[0].surface)
            self.marks.stems.update(linked_otherwise)
            terms = self._any_of(linked_otherwise, STEMS, fields, self.weights.span)
            ways.append(Alternative(typed, Way.SPAN, typed, terms))
            ways.append(Alternative(typed, Way.SPAN, typed, self._apart(words[0].surface, fields)))
            for stem in self.analysis.derived_stems(words[0].surface):
                terms = self._any_of([stem], STEMS, fields, self.weights.derived)
                ways.append(Alternative(typed, Way.DERIVED, stem, terms))
                self.marks.stems.add(stem)
        ways += [
            Alternative(typed, Way.NEAR, f"{first} … {second}", self._near(first, second, fields))
            for first, second in self._halves(words, joined)
        ]
        ways += self._synonyms(typed, words, fields)
        return ways

    def _apart(self, surface: str, fields: Sequence[TextField]) -> Any | None:
        """Return the letters and the digits of a word next to each other: "A 5" for A5; these are not marked."""
        if not (parts := LETTERS_AND_DIGITS.fullmatch(surface)):
            return None
        terms = [self.analysis.form(part).stem for part in parts.groups()]
        queries = [
            whoosh_query.Phrase(text_field.name, terms, boost=self._weight(text_field) * self.weights.span)
            for text_field in fields
            if all(self._occurs(text_field.name, term) for term in terms)
        ]
        return _either(queries)

    def _halves(self, words: Sequence[QueryWord], compound: Sequence[str]) -> list[tuple[str, str]]:
        """Return the two halves of a rare compound, for each place where it can be cut."""
        if self.snapshot is None or any(
            self.snapshot.document_frequency(name, stem) >= RARE_DOCS for name in COMPOUNDS for stem in compound
        ):
            return []
        if len(words) == 2 and all(word.surface.isalpha() for word in words):
            return [(words[0].stem, words[1].stem)]
        return self.analysis.halves(words[0].surface) if len(words) == 1 else []

    def _near(self, first: str, second: str, fields: Sequence[TextField]) -> Any | None:
        """Return the halves of a compound near each other, in either order; they are not marked elsewhere."""
        queries = []
        for text_field in fields:
            if text_field in NEAR_FIELDS:
                boost = self._weight(text_field) * self.weights.near
                orders = ([first, second], [second, first])
                phrases = [whoosh_query.Phrase(text_field.name, pair, slop=NEAR_SLOP, boost=boost) for pair in orders]
                queries.append(EitherOrder(phrases))
        return _either(queries)

    def _synonyms(self, typed: str, words: Sequence[QueryWord], fields: Sequence[TextField]) -> list[Alternative]:
        found = self.analysis.synonyms.get(tuple(word.stem for word in words), ())
        ways = [self._synonym(typed, synonym, fields) for synonym in found]
        if len(words) > 1:  # "OB-Wahl" is an "Oberbürgermeisterwahl"
            rest = "".join(word.surface.lower() for word in words[1:])
            for synonym in self.analysis.synonyms.get((words[0].stem,), ()):
                if synonym.isalpha():
                    ways += [self._synonym(typed, synonym + linking + rest, fields) for linking in LINKING]
        return [way for way in ways if way.query is not None]

    def _synonym(self, typed: str, synonym: str, fields: Sequence[TextField]) -> Alternative:
        words = self.query_words(synonym)
        queries = [self._together(words, fields)]
        if len(words) == 1:
            self.marks.parts.add(words[0].stem)
            queries.append(self._any_of([words[0].stem], PARTS, fields, self.weights.part))
        query = _either(queries)
        if query is not None:
            query = whoosh_query.Or([query], boost=self.weights.synonym)
        return Alternative(typed, Way.SYNONYM, synonym, query)

    def _any_of(
        self, terms: Sequence[str], side: Callable[[TextField], str | None], fields: Sequence[TextField], factor: float
    ) -> Any | None:
        """Return the documents with any of some terms on one side of any of the fields."""
        names = [(name, text_field) for text_field in fields if (name := side(text_field))]
        return _either([self._term(name, text_field, term, factor) for name, text_field in names for term in terms])

    def _weight(self, text_field: TextField) -> float:
        return self.weights.field(text_field.name)

    def _term(self, name: str, text_field: TextField, text: str, factor: float = 1.0) -> Any | None:
        """Return a query for a term; None when no document has it, as most terms in most fields."""
        if not self._occurs(name, text):
            return None
        return whoosh_query.Term(name, text, boost=self._weight(text_field) * factor)

    def _occurs(self, name: str, text: str) -> bool:
        return self.snapshot is None or self.snapshot.document_frequency(name, text) > 0

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

    def _together(self, words: Sequence[QueryWord], fields: Sequence[TextField], slop: int = 1) -> Any | None:
        """Return the words in any of the fields, next to each other and in order if there are several."""
        if not words:
            return None
        queries = []
        for text_field in fields:
            use_words = self.exact or not text_field.stemmed
            terms = [word.word if use_words else word.stem for word in words]
            name = text_field.word_name if use_words else text_field.name
            if len(terms) == 1:
                queries.append(self._term(name, text_field, terms[0]))
            elif all(self._occurs(name, term) for term in terms):
                queries.append(whoosh_query.Phrase(name, terms, slop=slop, boost=self._weight(text_field)))
        if self.exact:
            self.marks.words.update(word.word for word in words)
        else:
            self.marks.stems.update(word.stem for word in words)
        return _either(queries)

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
            self.weights.pattern,
            fields,
        )

    def _fuzzy(self, word: str, fields: Sequence[TextField]) -> Any:
        edits = max_edits(word)
        self.marks.conditions.append(lambda other: OSA.distance(word, other, score_cutoff=edits) <= edits)
        return self._expansion(
            lambda name, boost: whoosh_query.FuzzyTerm(name, word, boost=boost, maxdist=edits, prefixlength=1),
            self.weights.fuzzy,
            fields,
        )

    def _expansion(self, make: Callable[[str, float], Any], weight: float, fields: Sequence[TextField]) -> Any:
        self.marks.patterns.append(make("text_word", 1.0))
        return _either([make(text_field.word_name, weight * self._weight(text_field)) for text_field in fields])

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


def _either(queries: Iterable[Any | None]) -> Any | None:
    """Return a query for documents that match any of ``queries`` that there are; None when there are none."""
    some = [query for query in queries if query is not None]
    if not some:
        return None
    return some[0] if len(some) == 1 else whoosh_query.Or(some)


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
