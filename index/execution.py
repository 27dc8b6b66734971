"""Evaluation of a Whoosh query tree, per segment, into arrays of documents and scores.

Stock Whoosh walks matchers document by document and is the oracle in the tests: same documents, same scores up to
rounding. Scores are BM25F with Whoosh's formulas; multi-term queries (prefix, wildcard, fuzzy) score their boost.

Supported: Term, And, Or, Not, Phrase (slop 1), Prefix, Wildcard, FuzzyTerm, TermRange over ``date``, Every,
NullQuery.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import translate
from functools import reduce
from typing import Any

import numpy as np
from whoosh import query as whoosh_query

from index.postings import FloatArray, IntArray
from index.snapshot import Segment, Snapshot

BM25_B = 0.75
BM25_K1 = 1.2
"""BM25's parameters, Whoosh's defaults. Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009."""

MAX_EXPANSIONS = 2_000
"""A prefix, wildcard or fuzzy word stands for at most this many words per segment, those in most documents."""

MAX_SCANNED_TERMS = 20_000
"""Words with the right beginning that are looked at per segment, the first in alphabetical order."""


@dataclass(frozen=True, slots=True)
class Matches:
    """Documents of one segment, ascending (int32), and their scores (float64)."""

    docs: IntArray
    scores: FloatArray

    @classmethod
    def of(cls, docs: IntArray, score: float = 0.0) -> Matches:
        """Give each document the same score."""
        return cls(docs, np.full(len(docs), score))

    def keep(self, mask: np.ndarray[Any, np.dtype[np.bool_]]) -> Matches:
        """Return the matches where ``mask`` (one bool per match) holds."""
        return Matches(self.docs[mask], self.scores[mask])


NO_MATCHES = Matches(np.empty(0, dtype=np.int32), np.empty(0))


class Execution:
    """Evaluates queries on one snapshot. Remembers what it expanded and counted; make one per search."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.truncated: set[str] = set()
        self._expansions: dict[tuple[str, Any], list[str]] = {}
        self._idf: dict[tuple[str, str], float] = {}
        self._average_length: dict[str, float] = {}
        self._evaluators: dict[type, Callable[[Any, Segment], Matches]] = {
            whoosh_query.Term: self._term,
            whoosh_query.And: self._and,
            whoosh_query.Or: self._or,
            whoosh_query.Not: self._not,
            whoosh_query.Phrase: self._phrase,
            whoosh_query.Prefix: self._expanded,
            whoosh_query.Wildcard: self._expanded,
            whoosh_query.FuzzyTerm: self._expanded,
            whoosh_query.TermRange: self._date_range,
            whoosh_query.Every: self._every,
        }

    def run(self, query: Any) -> list[Matches]:
        """Return the live matches of a query, one entry per segment of the snapshot."""
        return [self._live(self.evaluate(query, segment), segment) for segment in self.snapshot.segments]

    def evaluate(self, query: Any, segment: Segment) -> Matches:
        """Return a query's matches in one segment, deleted documents included; ``TypeError`` for other queries."""
        if query == whoosh_query.NullQuery:
            return NO_MATCHES
        evaluator = self._evaluators.get(type(query))
        if evaluator is None:
            raise TypeError(f"cannot execute {type(query).__name__}")
        return evaluator(query, segment)

    def expand(self, query: Any, segment: Segment) -> list[str]:
        """Return the terms that a prefix, wildcard or fuzzy query stands for in a segment.

        When the limits above leave any out, ``truncated`` holds the query's text.
        """
        key = (segment.data.segment_id, query)
        if key not in self._expansions:
            terms = self._terms_of(query, segment)
            if len(terms) > MAX_EXPANSIONS:
                self.truncated.add(query.text)
                frequency = segment.data.postings.document_frequency
                terms = sorted(terms, key=lambda term: -frequency(query.fieldname, term))[:MAX_EXPANSIONS]
            self._expansions[key] = terms
        return self._expansions[key]

    def _terms_of(self, query: Any, segment: Segment) -> list[str]:
        postings = segment.data.postings
        if isinstance(query, whoosh_query.FuzzyTerm):
            return postings.terms_within(query.fieldname, query.text, query.maxdist, query.prefixlength)
        prefix = re.split(r"[*?]", query.text, maxsplit=1)[0]
        terms = postings.terms_from(query.fieldname, prefix, MAX_SCANNED_TERMS + 1)
        if len(terms) > MAX_SCANNED_TERMS:
            self.truncated.add(query.text)
        if isinstance(query, whoosh_query.Wildcard):
            matches = re.compile(translate(query.text)).match
            terms = [term for term in terms if matches(term)]
        return terms

    @staticmethod
    def _live(matches: Matches, segment: Segment) -> Matches:
        return matches if segment.live is None else matches.keep(segment.live[matches.docs])

    def _term(self, query: Any, segment: Segment) -> Matches:
        postings = segment.data.postings.postings(query.fieldname, query.text)
        if not len(postings.docs):
            return NO_MATCHES
        field, boost = query.fieldname, query.boost
        if not boost or field in ("id", "kommune"):
            return Matches.of(postings.docs)
        lengths = segment.data.postings.lengths(field)[postings.docs]
        frequencies = postings.frequencies.astype(np.float64)
        norms = BM25_K1 * ((1 - BM25_B) + BM25_B * lengths / self._average(field))
        scores = frequencies * (BM25_K1 + 1) / (frequencies + norms)
        scores *= self._term_idf(field, query.text) * boost
        return Matches(postings.docs, scores)

    def _and(self, query: Any, segment: Segment) -> Matches:
        wanted = [q for q in query.subqueries if not isinstance(q, whoosh_query.Not)]
        unwanted = [q.query for q in query.subqueries if isinstance(q, whoosh_query.Not)]
        found = self._every(None, segment) if not wanted else NO_MATCHES
        for number, subquery in enumerate(wanted):
            matches = self.evaluate(subquery, segment)
            found = matches if number == 0 else intersect(found, matches)
            if not len(found.docs):
                return NO_MATCHES
        for subquery in unwanted:
            found = subtract(found, self.evaluate(subquery, segment))
        return boosted(found, query.boost)

    def _or(self, query: Any, segment: Segment) -> Matches:
        parts = [self.evaluate(subquery, segment) for subquery in query.subqueries]
        return boosted(unite(parts, segment.doc_count), query.boost)

    def _not(self, query: Any, segment: Segment) -> Matches:
        return subtract(self._every(None, segment), self.evaluate(query.query, segment))

    def _phrase(self, query: Any, segment: Segment) -> Matches:
        terms = [whoosh_query.Term(query.fieldname, word) for word in query.words]
        parts = [self._term(term, segment) for term in terms]
        together = reduce(intersect, parts)
        if not len(together.docs):
            return NO_MATCHES
        distinct = {
            word: segment.data.postings.positions(query.fieldname, word, together.docs.tolist())
            for word in dict.fromkeys(query.words)
        }
        mask = np.fromiter(
            (_adjacent([distinct[word][at] for word in query.words]) for at in range(len(together.docs))),
            dtype=bool,
            count=len(together.docs),
        )
        return boosted(together.keep(mask), query.boost)

    def _expanded(self, query: Any, segment: Segment) -> Matches:
        postings = segment.data.postings
        terms = self.expand(query, segment)
        found = np.zeros(segment.doc_count, dtype=bool)
        for term in terms:
            found[postings.postings(query.fieldname, term).docs] = True
        return Matches.of(np.flatnonzero(found).astype(np.int32), query.boost)

    def _date_range(self, query: Any, segment: Segment) -> Matches:
        if query.fieldname != "date":
            raise TypeError(f"cannot execute a range over {query.fieldname}")
        first = date.fromisoformat(query.start).toordinal() if query.start else 1
        last = date.fromisoformat(query.end).toordinal() if query.end else date.max.toordinal()
        days = segment.data.days
        return Matches.of(np.flatnonzero((days >= first) & (days <= last)).astype(np.int32))

    def _every(self, _query: Any, segment: Segment) -> Matches:
        return Matches.of(np.arange(segment.doc_count, dtype=np.int32))

    def _term_idf(self, field: str, term: str) -> float:
        key = (field, term)
        if key not in self._idf:
            self._idf[key] = self.snapshot.idf(self.snapshot.document_frequency(field, term))
        return self._idf[key]

    def _average(self, field: str) -> float:
        if field not in self._average_length:
            self._average_length[field] = self.snapshot.average_length(field)
        return self._average_length[field]


def intersect(a: Matches, b: Matches) -> Matches:
    """Return the documents in both, with the sum of their scores."""
    if len(a.docs) > len(b.docs):
        a, b = b, a
    if not len(a.docs):
        return NO_MATCHES
    at = np.searchsorted(b.docs, a.docs)
    at[at == len(b.docs)] = len(b.docs) - 1
    both = b.docs[at] == a.docs
    return Matches(a.docs[both], a.scores[both] + b.scores[at[both]])


def subtract(a: Matches, b: Matches) -> Matches:
    """Return the documents of ``a`` that are not in ``b``, with their scores."""
    return a.keep(~np.isin(a.docs, b.docs, assume_unique=True)) if len(b.docs) else a


def unite(parts: Sequence[Matches], doc_count: int) -> Matches:
    """Return the documents in any of ``parts``, with the sum of their scores."""
    parts = [part for part in parts if len(part.docs)]
    if not parts:
        return NO_MATCHES
    if len(parts) == 1:
        return parts[0]
    scores = np.zeros(doc_count)
    found = np.zeros(doc_count, dtype=bool)
    for part in parts:
        scores[part.docs] += part.scores
        found[part.docs] = True
    docs = np.flatnonzero(found).astype(np.int32)
    return Matches(docs, scores[docs])


def boosted(matches: Matches, boost: float) -> Matches:
    """Return the matches with their scores multiplied by ``boost``."""
    return matches if boost == 1.0 else Matches(matches.docs, matches.scores * boost)


def _adjacent(positions: list[IntArray]) -> bool:
    """Tell whether there is a position p with entry i of ``positions`` containing p + i, for all i."""
    starts = positions[0]
    for offset, following in enumerate(positions[1:], start=1):
        starts = starts[np.isin(starts, following - offset, assume_unique=True)]
        if not len(starts):
            return False
    return True
