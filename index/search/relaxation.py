"""What to return when no document has all words: the documents that have the most of what was asked.

Each wanted part weighs its inverse document frequency, so that a rare name counts for more than "Sanierung". Documents
that cover enough of what the best one covers are returned (``Weights.coverage``); restrictions and exclusions hold.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from index.query.plan import Plan
from index.search.execution import Execution, Matches, intersect, subtract
from index.segments.snapshot import Snapshot


def partial_matches(execution: Execution, plan: Plan) -> list[Matches]:
    """Return the best partial matches of a plan with at least two wanted parts, one entry per segment."""
    snapshot = execution.snapshot
    found = [execution.run(part) for part in plan.wanted]
    weights = [snapshot.idf(sum(len(matches.docs) for matches in part)) for part in found]
    allowed = _allowed(execution, plan)
    covered = []
    best = 0.0
    for at, segment in enumerate(snapshot.segments):
        coverage = np.zeros(segment.doc_count)
        scores = np.zeros(segment.doc_count)
        for part, weight in zip(found, weights, strict=True):
            coverage[part[at].docs] += weight
            scores[part[at].docs] += part[at].scores
        docs = np.flatnonzero(coverage).astype(np.int32)
        # The share of the query that is covered decides first, how well it is covered second.
        matches = Matches(docs, scores[docs] * (coverage[docs] / sum(weights)) ** execution.weights.coordination)
        if allowed is not None:
            permitted, forbidden = allowed[at]
            matches = subtract(matches if permitted is None else intersect(matches, permitted), forbidden)
        covered.append((matches, coverage[matches.docs]))
        best = max(best, float(coverage[matches.docs].max(initial=0)))
    least = best * (execution.weights.sentence_coverage if plan.is_question else execution.weights.coverage)
    return [matches.keep(coverage >= least) for matches, coverage in covered]


def _allowed(execution: Execution, plan: Plan) -> Sequence[tuple[Matches | None, Matches]] | None:
    """Return per segment what restrictions permit (None: everything) and what exclusions forbid."""
    if not plan.restrictions and not plan.excluded:
        return None
    result = []
    for segment in execution.snapshot.segments:
        permitted: Matches | None = None
        for restriction in plan.restrictions:
            matches = execution.evaluate(restriction, segment)
            permitted = matches if permitted is None else intersect(permitted, matches)
        forbidden = [execution.evaluate(excluded, segment) for excluded in plan.excluded]
        docs = np.unique(np.concatenate([matches.docs for matches in forbidden])) if forbidden else None
        result.append((permitted, Matches.of(np.empty(0, dtype=np.int32) if docs is None else docs)))
    return result


def can_relax(plan: Plan, snapshot: Snapshot) -> bool:
    """Tell whether there is anything that could be left out."""
    return len(plan.wanted) > 1 and snapshot.doc_count > 0


def has_all(matches: Sequence[Matches], strict: Sequence[Matches]) -> bool:
    """Tell whether partial matches are just those that have everything."""
    return sum(len(part.docs) for part in matches) == sum(len(part.docs) for part in strict)
