"""Evaluation of a Whoosh query tree, per segment, into arrays of documents and scores.

Stock Whoosh walks matchers document by document and is the oracle in the tests: same documents, same scores up to
rounding. Scores are BM25F with Whoosh's formulas; multi-term queries (prefix, wildcard, fuzzy) score their boost.

Supported: Term, And, Or, Not, Phrase, Prefix, Wildcard, FuzzyTerm, TermRange over ``date``, Every,
NullQuery.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from fnmatch import translate
from typing import Any, NamedTuple

import numpy as np
from rapidfuzz.distance import OSA
from whoosh import query as whoosh_query

from index.doc_sets import located
from index.phrases import has_phrase
from index.plan import EitherOrder
from index.postings import FloatArray, IntArray
from index.snapshot import Segment, Snapshot
from index.time_budget import TimeBudget
from index.weights import DEFAULT_WEIGHTS, Weights

MAX_EXPANSIONS = 2_000
"""A prefix, wildcard or fuzzy word stands for at most this many words per segment, those in most documents."""

MAX_SCANNED_TERMS = 20_000
"""Words with the right beginning that are looked at per segment, the first in alphabetical order."""

TERMS_PER_CHECK = 100
"""Words of a prefix, wildcard or fuzzy word that are read before the time is looked at again."""

UNEQUAL_FACTOR = 8
"""A union of two looks the smaller up in the larger when there are so many times as many documents in that."""

DENSE_FACTOR = 16
"""Unions of more than one in so many documents add up scores in an array over all documents."""


class Matches(NamedTuple):
    """Documents of one segment, ascending (intp), and their scores (float32, not negative)."""

    docs: IntArray
    scores: FloatArray

    @classmethod
    def of(cls, docs: IntArray, score: float = 0.0) -> Matches:
        """Give each document the same score."""
        return cls(docs, np.full(len(docs), score, dtype=np.float32))

    def keep(self, mask: np.ndarray[Any, np.dtype[np.bool_]]) -> Matches:
        """Return the matches where ``mask`` (one bool per match) holds."""
        return Matches(self.docs[mask], self.scores[mask])


NO_MATCHES = Matches(np.empty(0, dtype=np.intp), np.empty(0, dtype=np.float32))


class Execution:
    """Evaluates queries on one snapshot. Remembers what it expanded and counted; make one per search."""

    def __init__(
        self, snapshot: Snapshot, weights: Weights = DEFAULT_WEIGHTS, budget: TimeBudget | None = None
    ) -> None:
        self.snapshot = snapshot
        self.weights = weights
        self.budget = budget or TimeBudget()
        self.truncated: set[str] = set()
        self._expansions: dict[tuple[str, Any], list[str]] = {}

    def run(self, query: Any) -> list[Matches]:
        """Return the live matches of a query, one entry per segment of the snapshot."""
        return [self._live(self.evaluate(query, segment), segment) for segment in self.snapshot.segments]

    def evaluate(self, query: Any, segment: Segment, within: IntArray | None = None) -> Matches:
        """Return a query's matches in one segment, deleted documents included; ``TypeError`` for other queries.

        ``within``: only these documents (ascending) matter; others may be left out, and are by most queries.
        Raises ``SearchTimeout`` when the search has no time left.
        """
        self.budget.check()
        evaluator = _EVALUATORS.get(type(query))
        if evaluator is None:
            raise TypeError(f"cannot execute {type(query).__name__}")
        return evaluator(self, query, segment, within)

    def expand(self, query: Any, segment: Segment) -> list[str]:
        """Return the terms that a prefix, wildcard or fuzzy query stands for in a segment.

        When the limits above leave any out, ``truncated`` holds the query's text.
        """
        key = (segment.data.segment_id, query)
        if key not in self._expansions:
            terms = self._terms_of(query, segment)
            if len(terms) > MAX_EXPANSIONS:
                self.truncated.add(query.text)
                frequency = segment.data.document_frequency
                terms = sorted(terms, key=lambda term: -frequency(query.fieldname, term))[:MAX_EXPANSIONS]
            self._expansions[key] = terms
        return self._expansions[key]

    def _terms_of(self, query: Any, segment: Segment) -> list[str]:
        if isinstance(query, whoosh_query.FuzzyTerm):
            # The automaton counts a transposition as two errors, so it has to look further than we accept.
            terms = segment.data.terms_within(query.fieldname, query.text, query.maxdist + 1, query.prefixlength)
            return [term for term in terms if OSA.distance(query.text, term) <= query.maxdist]
        prefix = re.split(r"[*?]", query.text, maxsplit=1)[0]
        terms = segment.data.terms_from(query.fieldname, prefix, MAX_SCANNED_TERMS + 1)
        if len(terms) > MAX_SCANNED_TERMS:
            self.truncated.add(query.text)
        if isinstance(query, whoosh_query.Wildcard):
            matches = re.compile(translate(query.text)).match
            terms = [term for term in terms if matches(term)]
        return terms

    @staticmethod
    def _live(matches: Matches, segment: Segment) -> Matches:
        return matches if segment.live is None else matches.keep(segment.live[matches.docs])

    def _term(self, query: Any, segment: Segment, within: IntArray | None) -> Matches:
        found = segment.data.find(query.fieldname, query.text)
        if found is None:
            return NO_MATCHES
        field, place = found
        scored = bool(query.boost) and field.has_frequencies
        frequencies = None
        if within is None:
            # The type that indexing works with; else each use would convert it.
            docs = field.docs(place).astype(np.intp, copy=False)
            if scored:
                frequencies = field.frequencies(place)
        elif not len(within):
            return NO_MATCHES
        elif scored:
            # What is left of a common word is scored for a few documents only.
            docs, at = field.among(place, within)
            frequencies = field.frequencies(place)[at]
        else:
            docs = within[field.holds(place, within)]
        if frequencies is None:
            return Matches.of(docs)
        # BM25: idf * (k1 + 1) * tf / (tf + k1 * (1 - b + b * length / average length))
        k1, b = self.weights.k1, self.weights.b
        average_length = self.snapshot.average_length(query.fieldname)
        scores: FloatArray = field.lengths.take(docs).astype(np.float32)
        if self.weights.shortest:
            np.maximum(scores, self.weights.shortest * average_length, out=scores)
        scores *= k1 * b / average_length
        scores += k1 * (1 - b)
        scores += frequencies
        np.divide(frequencies, scores, out=scores)
        scores *= (k1 + 1) * self.snapshot.term_idf(query.fieldname, query.text) * query.boost
        return Matches(docs, scores)

    def _and(self, query: Any, segment: Segment, within: IntArray | None) -> Matches:
        wanted = [q for q in query.subqueries if not isinstance(q, whoosh_query.Not)]
        unwanted = [q.query for q in query.subqueries if isinstance(q, whoosh_query.Not)]
        if len(wanted) > 1:
            # The rarest first. By the whole snapshot, so that equal documents of all segments add up to equal scores.
            wanted.sort(key=self._size)
        found = self._every(None, segment, within) if not wanted else NO_MATCHES
        for number, subquery in enumerate(wanted):
            if number == 0:
                found = self.evaluate(subquery, segment, within)
            else:
                found = intersect(found, self.evaluate(subquery, segment, found.docs))
            if not len(found.docs):
                return NO_MATCHES
        for subquery in unwanted:
            found = subtract(found, self.evaluate(subquery, segment, found.docs))
        return boosted(found, query.boost)

    def _or(self, query: Any, segment: Segment, within: IntArray | None) -> Matches:
        parts = [self.evaluate(subquery, segment, within) for subquery in query.subqueries]
        return boosted(unite(parts, segment.doc_count), query.boost)

    def _not(self, query: Any, segment: Segment, within: IntArray | None) -> Matches:
        every = self._every(None, segment, within)
        return subtract(every, self.evaluate(query.query, segment, every.docs))

    def _phrase(self, query: Any, segment: Segment, within: IntArray | None) -> Matches:
        return self._phrases([query], segment, within)

    def _either_order(self, query: Any, segment: Segment, within: IntArray | None) -> Matches:
        return boosted(self._phrases(query.subqueries, segment, within), query.boost)

    def _phrases(self, queries: Sequence[Any], segment: Segment, within: IntArray | None) -> Matches:
        """Return the matches of any of some phrases of the same words, whose places are read once."""
        name, any_order = queries[0].fieldname, queries[0].words
        words = sorted(dict.fromkeys(any_order), key=lambda word: segment.data.document_frequency(name, word))
        together = None
        for word in words:
            term = whoosh_query.Term(name, word, boost=float(any_order.count(word)))
            matches = self._term(term, segment, within if together is None else together.docs)
            together = matches if together is None else intersect(together, matches)
            if not len(together.docs):
                return NO_MATCHES
        if together is None:
            return NO_MATCHES
        places = {word: segment.data.occurrences(name, word, together.docs) for word in words}
        parts = [
            boosted(
                together.keep(has_phrase([places[word] for word in each.words], together.docs, each.slop)), each.boost
            )
            for each in queries
        ]
        return unite(parts, segment.doc_count)

    def _expanded(self, query: Any, segment: Segment, _within: IntArray | None) -> Matches:
        found = np.zeros(segment.doc_count, dtype=bool)
        for number, term in enumerate(self.expand(query, segment)):
            if number % TERMS_PER_CHECK == 0:
                self.budget.check()
            found[segment.data.docs(query.fieldname, term)] = True
        return Matches.of(np.flatnonzero(found), query.boost)

    def _date_range(self, query: Any, segment: Segment, _within: IntArray | None) -> Matches:
        if query.fieldname != "date":
            raise TypeError(f"cannot execute a range over {query.fieldname}")
        first = date.fromisoformat(query.start).toordinal() if query.start else 1
        last = date.fromisoformat(query.end).toordinal() if query.end else date.max.toordinal()
        days = segment.data.days
        return Matches.of(np.flatnonzero((days >= first) & (days <= last)))

    def _every(self, _query: Any, segment: Segment, within: IntArray | None) -> Matches:
        return Matches.of(np.arange(segment.doc_count) if within is None else within)

    def _size(self, query: Any) -> int:
        """Return a bound of the number of matches in all segments."""
        if isinstance(query, whoosh_query.Term):
            return self.snapshot.document_frequency(query.fieldname, query.text)
        if isinstance(query, whoosh_query.Or):
            return sum(map(self._size, query.subqueries))
        if isinstance(query, whoosh_query.And):
            return min(map(self._size, query.subqueries), default=0)
        if isinstance(query, whoosh_query.Phrase):
            return min(self.snapshot.document_frequency(query.fieldname, word) for word in query.words)
        return 0 if query is whoosh_query.NullQuery else self.snapshot.doc_count_all


# Not in each ``Execution``: what refers to itself stays, and the files of its snapshot, until Python looks for it.
_EVALUATORS: dict[type, Callable[[Execution, Any, Segment, IntArray | None], Matches]] = {
    whoosh_query.Term: Execution._term,
    whoosh_query.And: Execution._and,
    whoosh_query.Or: Execution._or,
    whoosh_query.Not: Execution._not,
    whoosh_query.Phrase: Execution._phrase,
    EitherOrder: Execution._either_order,
    whoosh_query.Prefix: Execution._expanded,
    whoosh_query.Wildcard: Execution._expanded,
    whoosh_query.FuzzyTerm: Execution._expanded,
    whoosh_query.TermRange: Execution._date_range,
    whoosh_query.Every: Execution._every,
    type(whoosh_query.NullQuery): lambda _execution, _query, _segment, _within: NO_MATCHES,
}


def intersect(a: Matches, b: Matches) -> Matches:
    """Return the documents in both, with the sum of their scores."""
    if len(a.docs) > len(b.docs):
        a, b = b, a
    if not len(a.docs):
        return NO_MATCHES
    at, both = located(a.docs, b.docs)
    return Matches(a.docs[both], a.scores[both] + b.scores[at[both]])


def subtract(a: Matches, b: Matches) -> Matches:
    """Return the documents of ``a`` that are not in ``b``, with their scores."""
    if not len(a.docs) or not len(b.docs):
        return a
    return a.keep(~located(a.docs, b.docs)[1])


def unite(parts: Sequence[Matches], doc_count: int) -> Matches:
    """Return the documents in any of ``parts``, with the sum of their scores."""
    parts = [part for part in parts if len(part.docs)]
    if not parts:
        return NO_MATCHES
    if len(parts) == 1:
        return parts[0]
    if len(parts) == 2:
        smaller, larger = sorted(parts, key=lambda part: len(part.docs))
        if len(smaller.docs) * UNEQUAL_FACTOR <= len(larger.docs):
            return _added(larger, smaller)
    if sum(len(part.docs) for part in parts) * DENSE_FACTOR > doc_count:
        return _united_densely(parts, doc_count)
    docs = np.concatenate([part.docs for part in parts])
    # A stable sort of runs that ascend merges them in linear time.
    order = np.argsort(docs, kind="stable")
    docs = docs[order]
    is_first = np.empty(len(docs), dtype=bool)
    is_first[0] = True
    np.not_equal(docs[1:], docs[:-1], out=is_first[1:])
    firsts = np.flatnonzero(is_first)
    scores = np.concatenate([part.scores for part in parts])[order]
    return Matches(docs[firsts], np.add.reduceat(scores, firsts))


def _added(larger: Matches, smaller: Matches) -> Matches:
    """Return the documents in either of two, of which one is much smaller: a word in titles and in texts, mostly."""
    at, there = located(smaller.docs, larger.docs)
    scores = larger.scores.copy()
    scores[at[there]] += smaller.scores[there]
    if there.all():
        return Matches(larger.docs, scores)
    new = smaller.keep(~there)
    at = np.searchsorted(larger.docs, new.docs) + np.arange(len(new.docs))
    is_old = np.ones(len(larger.docs) + len(new.docs), dtype=bool)
    is_old[at] = False
    docs, all_scores = np.empty(len(is_old), dtype=larger.docs.dtype), np.empty(len(is_old), dtype=scores.dtype)
    docs[at], all_scores[at] = new
    docs[is_old], all_scores[is_old] = larger.docs, scores
    return Matches(docs, all_scores)


def _united_densely(parts: Sequence[Matches], doc_count: int) -> Matches:
    scores = np.zeros(doc_count, dtype=np.float32)
    scores[parts[0].docs] = parts[0].scores
    for part in parts[1:]:
        np.add.at(scores, part.docs, part.scores)  # each document once, but quicker than +=
    if all(part.scores.min() > 0 for part in parts):
        found = scores > 0
    else:
        found = np.zeros(doc_count, dtype=bool)
        for part in parts:
            found[part.docs] = True
    docs = np.flatnonzero(found)
    return Matches(docs, scores.take(docs))


def boosted(matches: Matches, boost: float) -> Matches:
    """Return the matches with their scores multiplied by ``boost``."""
    return matches if boost == 1.0 else Matches(matches.docs, matches.scores * boost)
