"""What multiplies scores after a search: titles that say it all, Kommunen that are named, new documents if wanted.

For recency a score is multiplied by up to 1 + ``Weights.recency``; half of what comes on top is gone after
``HALF_LIFE_DAYS``. Age is counted from the newest document that can be found, so that the same index always gives the
same order. Documents without a date gain nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from index.query import nodes
from index.search.execution import Execution, Matches
from index.segments.doc_sets import holds
from index.segments.snapshot import Segment

HALF_LIFE_DAYS = 2 * 365.25


def with_whole_titles(matches: Sequence[Matches], execution: Execution, title: nodes.Node) -> list[Matches]:
    """Return the matches, one entry per segment, with the scores of documents raised that the node ``title`` finds."""
    return _multiplied(matches, execution, title, execution.weights.whole_title)


def with_kommunen(matches: Sequence[Matches], execution: Execution, ids: Sequence[str]) -> list[Matches]:
    """Return the matches, one entry per segment, with the scores of documents of some Kommunen raised."""
    kommunen = nodes.Or(tuple(nodes.Term("kommune", kommune_id) for kommune_id in ids))
    return _multiplied(matches, execution, kommunen, execution.weights.kommune)


def with_recency(matches: Sequence[Matches], segments: Sequence[Segment], weight: float) -> list[Matches]:
    """Return the matches, one entry per segment, with their scores raised by how new they are."""
    newest = max((segment.newest_day for segment in segments), default=0)
    return [_raised(part, segment, newest, weight) for part, segment in zip(matches, segments, strict=True)]


def _raised(matches: Matches, segment: Segment, newest: int, weight: float) -> Matches:
    days = segment.data.days_for_order[matches.docs]
    recency = np.where(days > 0, np.exp2((days - newest) / HALF_LIFE_DAYS), 0.0)
    return Matches(matches.docs, (matches.scores * (1 + weight * recency)).astype(np.float32))


def _multiplied(matches: Sequence[Matches], execution: Execution, node: nodes.Node, factor: float) -> list[Matches]:
    raised = []
    for part, segment in zip(matches, execution.snapshot.segments, strict=True):
        scores = part.scores.copy()
        scores[holds(execution.evaluate(node, segment, part.docs).docs, part.docs)] *= factor
        raised.append(Matches(part.docs, scores))
    return raised
