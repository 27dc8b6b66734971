"""Evaluation of plan nodes, per segment, into arrays of documents and scores.

Stock Whoosh walks matchers document by document and is the oracle in the tests: same documents, same scores up to
rounding. Scores are BM25F with Whoosh's formulas; nodes that stand for many terms score their weight.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple, TypeVar

import numpy as np

from index.contract import Document, Sort
from index.query import nodes
from index.query.time_budget import TimeBudget
from index.query.weights import DEFAULT_WEIGHTS, Weights
from index.query.wildcards import matcher
from index.search.phrases import has_phrase
from index.search.ranking import Candidates, best
from index.search.stubs import are_stubs
from index.segments.doc_sets import located
from index.segments.postings import FloatArray, IntArray
from index.segments.snapshot import Segment, Snapshot

_Item = TypeVar("_Item")

MAX_EXPANSIONS = 2_000
"""A prefix, wildcard or fuzzy word stands for at most this many words per segment, those in most documents."""

MAX_SCANNED_TERMS = 20_000
"""Words with the right beginning that are looked at per segment, the first in alphabetical order."""

TERMS_PER_CHECK = 100
"""Words of a prefix, wildcard or fuzzy word that are looked at or read before the time is looked at again."""

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
        self._expansions: dict[tuple[str, nodes.Expanded], list[str]] = {}

    def run(self, query: nodes.Node) -> list[Matches]:
        """Return the live matches of a query, one entry per segment of the snapshot."""
        return [self._live(self.evaluate(query, segment), segment) for segment in self.snapshot.segments]

    def count(self, query: nodes.Node) -> int:
        """Return the number of live documents that a query matches."""
        return sum(len(part.docs) for part in self.run(query))

    def newest(self, query: nodes.Node, limit: int) -> Iterator[Document]:
        """Return at most ``limit`` live documents that a node matches, newest first, without their pages.

        Those of next to no words come after all others.
        """
        segments = self.snapshot.segments
        matches = self.run(query)
        papers = [part.docs[~are_stubs(segment, part.docs)] for segment, part in zip(segments, matches, strict=True)]
        candidates = Candidates(segments, [part.docs for part in matches], [part.scores for part in matches], papers)
        for at in best(candidates, Sort.DATE_DESC, skip=0, count=limit, after=None):
            yield segments[int(candidates.segment[at])].stored(int(candidates.doc[at])).document()

    def evaluate(self, query: nodes.Node, segment: Segment, within: IntArray | None = None) -> Matches:
        """Return a node's matches in one segment, deleted documents included.

        ``within``: only these documents (ascending) matter; others may be left out, and are by most queries.
        Raises ``SearchTimeout`` when the search has no time left.
        """
        self.budget.check()
        return _EVALUATORS[type(query)](self, query, segment, within)

    def expand(self, query: nodes.Expanded, segment: Segment) -> list[str]:
        """Return the terms that a prefix, wildcard or fuzzy query stands for in a segment.

        When the limits above leave any out, ``truncated`` holds the query's text.
        """
        key = (segment.data.segment_id, query)
        if key not in self._expansions:
            terms = self._terms_of(query, segment)
            if len(terms) > MAX_EXPANSIONS:
                self.truncated.add(query.text)
                frequency = segment.data.document_frequency
                terms = sorted(terms, key=lambda term: -frequency(query.field, term))[:MAX_EXPANSIONS]
            self._expansions[key] = terms
        return self._expansions[key]

    def _terms_of(self, query: nodes.Expanded, segment: Segment) -> list[str]:
        if isinstance(query, nodes.Fuzzy):
            return segment.data.terms_within(query.field, query.text, query.max_edits, query.prefix_chars)
        prefix = query.text.partition("*")[0]
        terms = segment.data.terms_from(query.field, prefix, MAX_SCANNED_TERMS + 1)
        if len(terms) > MAX_SCANNED_TERMS:
            self.truncated.add(query.text)
        if isinstance(query, nodes.Wildcard):
            fits = matcher(query.text)
            terms = [term for term in self._timed(terms) if fits(term)]
        return terms

    def _timed(self, items: Iterable[_Item]) -> Iterator[_Item]:
        """Yield the items, and look at the time now and then."""
        for number, item in enumerate(items):
            if number % TERMS_PER_CHECK == 0:
                self.budget.check()
            yield item

    @staticmethod
    def _live(matches: Matches, segment: Segment) -> Matches:
        return matches if segment.live is None else matches.keep(segment.live[matches.docs])

    def _term(self, query: nodes.Term, segment: Segment, within: IntArray | None) -> Matches:
        found = segment.data.find(query.field, query.text)
        if found is None:
            return NO_MATCHES
        field, place = found
        scored = bool(query.weight) and field.has_frequencies
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
        scores: FloatArray = field.lengths.take(docs).astype(np.float32)
        scores *= k1 * b / self.snapshot.average_length(query.field)
        scores += k1 * (1 - b)
        scores += frequencies
        np.divide(frequencies, scores, out=scores)
        scores *= (k1 + 1) * self.snapshot.term_idf(query.field, query.text) * query.weight
        return Matches(docs, scores)

    def _and(self, query: nodes.And, segment: Segment, within: IntArray | None) -> Matches:
        wanted = [part for part in query.parts if not isinstance(part, nodes.Not)]
        unwanted = [part.part for part in query.parts if isinstance(part, nodes.Not)]
        if len(wanted) > 1:
            # The rarest first. By the whole snapshot, so that equal documents of all segments add up to equal scores.
            wanted.sort(key=self._size)
        found = self._every(None, segment, within) if not wanted else NO_MATCHES
        for number, part in enumerate(wanted):
            if number == 0:
                found = self.evaluate(part, segment, within)
            else:
                found = intersect(found, self.evaluate(part, segment, found.docs))
            if not len(found.docs):
                return NO_MATCHES
        for without in unwanted:
            found = subtract(found, self.evaluate(without, segment, found.docs))
        return found

    def _or(self, query: nodes.Or, segment: Segment, within: IntArray | None) -> Matches:
        parts = [self.evaluate(part, segment, within) for part in query.parts]
        return weighted(unite(parts, segment.doc_count), query.weight)

    def _not(self, query: nodes.Not, segment: Segment, within: IntArray | None) -> Matches:
        every = self._every(None, segment, within)
        return subtract(every, self.evaluate(query.part, segment, every.docs))

    def _phrase(self, query: nodes.Phrase, segment: Segment, within: IntArray | None) -> Matches:
        return self._phrases([query], segment, within)

    def _near(self, query: nodes.Near, segment: Segment, within: IntArray | None) -> Matches:
        return self._phrases(query.orders, segment, within)

    def _phrases(self, queries: Sequence[nodes.Phrase], segment: Segment, within: IntArray | None) -> Matches:
        """Return the matches of any of some phrases of the same words, whose places are read once."""
        name, any_order = queries[0].field, queries[0].terms
        words = sorted(dict.fromkeys(any_order), key=lambda word: segment.data.document_frequency(name, word))
        together = None
        for word in words:
            term = nodes.Term(name, word, float(any_order.count(word)))
            matches = self._term(term, segment, within if together is None else together.docs)
            together = matches if together is None else intersect(together, matches)
            if not len(together.docs):
                return NO_MATCHES
        if together is None:
            return NO_MATCHES
        places = {word: segment.data.occurrences(name, word, together.docs) for word in words}
        parts = [
            weighted(
                together.keep(has_phrase([places[word] for word in each.terms], together.docs, each.slop)), each.weight
            )
            for each in queries
        ]
        return unite(parts, segment.doc_count)

    def _expanded(self, query: nodes.Expanded, segment: Segment, _within: IntArray | None) -> Matches:
        found = np.zeros(segment.doc_count, dtype=bool)
        for term in self._timed(self.expand(query, segment)):
            found[segment.data.docs(query.field, term)] = True
        return Matches.of(np.flatnonzero(found), query.weight)

    def _date_range(self, query: nodes.DateRange, segment: Segment, _within: IntArray | None) -> Matches:
        first = (query.first or date.min).toordinal()
        last = (query.last or date.max).toordinal()
        days = segment.data.days
        return Matches.of(np.flatnonzero((days >= first) & (days <= last)), query.weight)

    def _every(self, _query: Any, segment: Segment, within: IntArray | None) -> Matches:
        return Matches.of(np.arange(segment.doc_count) if within is None else within)

    def _size(self, query: nodes.Node) -> int:
        """Return a bound of the number of matches in all segments."""
        match query:
            case nodes.Term(field, text):
                return self.snapshot.document_frequency(field, text)
            case nodes.Or(parts):
                return sum(map(self._size, parts))
            case nodes.And(parts):
                return min(map(self._size, parts), default=0)
            case nodes.Phrase(field, terms):
                return min(self.snapshot.document_frequency(field, term) for term in terms)
            case nodes.Near(field, terms):
                return 2 * min(self.snapshot.document_frequency(field, term) for term in terms)
            case nodes.Nothing():
                return 0
            case _:
                return self.snapshot.doc_count_all


# Not in each ``Execution``: what refers to itself stays, and the files of its snapshot, until Python looks for it.
_EVALUATORS: dict[type, Callable[[Execution, Any, Segment, IntArray | None], Matches]] = {
    nodes.Term: Execution._term,
    nodes.And: Execution._and,
    nodes.Or: Execution._or,
    nodes.Not: Execution._not,
    nodes.Phrase: Execution._phrase,
    nodes.Near: Execution._near,
    nodes.Prefix: Execution._expanded,
    nodes.Wildcard: Execution._expanded,
    nodes.Fuzzy: Execution._expanded,
    nodes.DateRange: Execution._date_range,
    nodes.Every: Execution._every,
    nodes.Nothing: lambda _execution, _query, _segment, _within: NO_MATCHES,
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


def weighted(matches: Matches, boost: float) -> Matches:
    """Return the matches with their scores multiplied by ``boost``."""
    return matches if boost == 1.0 else Matches(matches.docs, matches.scores * boost)
