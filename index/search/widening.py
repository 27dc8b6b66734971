"""What follows when few documents have all words: the documents that have the most of what was asked.

Each wanted word weighs its inverse document frequency, so that a rare name counts for more than "Sanierung". Documents
that cover enough of what the best one covers are added (``Weights.coverage``); phrases, fields, restrictions and
exclusions hold.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from index.query import nodes
from index.query.plan import Plan
from index.search.execution import Execution, Matches, intersect, subtract
from index.segments.doc_sets import holds
from index.segments.postings import IntArray

FEW_DOCUMENTS = 100
"""With fewer documents that have all words, a search is widened. Measured: more than that makes no difference."""


@dataclass(frozen=True, slots=True)
class Widened:
    """The matches of a widened search, and what it takes to say which words each lacks; lists by segment."""

    matches: list[Matches]
    complete: list[IntArray]
    """The documents that have all words, ascending."""
    leading: list[IntArray]
    """Those of them that come before all others: not a long text that has each word somewhere."""
    _words: tuple[str, ...]
    _having: list[list[IntArray]]

    def missing(self, segment: int, doc: int) -> tuple[str, ...]:
        """Return the words of the query that a document (of the segment of this number) lacks, as typed."""
        return tuple(
            word
            for word, having in zip(self._words, self._having, strict=True)
            if not holds(having[segment], np.array([doc]))[0]
        )


def can_widen(plan: Plan) -> bool:
    """Tell whether there is anything that could be left out."""
    return len(plan.wanted) > 1 and not plan.wants_all


def widened(execution: Execution, plan: Plan) -> Widened:
    """Return the best matches, complete or partial, of a plan with at least two wanted words."""
    snapshot = execution.snapshot
    found = [execution.run(part.node) for part in plan.wanted]
    weights = [snapshot.idf(sum(len(matches.docs) for matches in part)) for part in found]
    total = sum(weights)
    allowed = _allowed(plan)
    covered = []
    best = best_partial = 0.0
    for at, segment in enumerate(snapshot.segments):
        coverage = np.zeros(segment.doc_count)
        scores = np.zeros(segment.doc_count)
        words = np.zeros(segment.doc_count, dtype=np.int16)
        for part, weight in zip(found, weights, strict=True):
            docs = part[at].docs
            coverage[docs] += weight
            scores[docs] += part[at].scores
            words[docs] += 1
        docs = np.flatnonzero(words)
        # The share of the query that is covered decides first, how well it is covered second.
        matches = Matches(docs, scores[docs] * (coverage[docs] / total) ** execution.weights.coordination)
        if allowed is not None:
            matches = intersect(matches, execution.evaluate(allowed, segment, docs))
        for excluded in plan.excluded:
            matches = subtract(matches, execution.evaluate(excluded, segment, matches.docs))
        is_complete = words[matches.docs] == len(found)
        covered.append((matches, coverage[matches.docs], is_complete))
        best = max(best, float(coverage[matches.docs].max(initial=0)))
        best_partial = max(best_partial, float(matches.scores[~is_complete].max(initial=0)))
    least = best * (execution.weights.sentence_coverage if plan.is_question else execution.weights.coverage)
    least_leading = best_partial * execution.weights.leading
    return Widened(
        [matches.keep(coverage >= least) for matches, coverage, _ in covered],
        [matches.docs[is_complete] for matches, _, is_complete in covered],
        [matches.docs[is_complete & (matches.scores >= least_leading)] for matches, _, is_complete in covered],
        tuple(part.typed for part in plan.wanted),
        [[matches.docs for matches in part] for part in found],
    )


def _allowed(plan: Plan) -> nodes.Node | None:
    """Return a node for what a document must have whichever words it lacks."""
    parts = (*plan.required, *plan.restrictions)
    return nodes.And(parts) if parts else None
