"""What raises scores after a search: titles that say it all, the Vorgang's other files, Kommunen, new documents.

The files of a Vorgang are about the same, each in its own words: a document gains ``Weights.siblings`` of the mean
score of the others that were found. For recency a score is multiplied by up to 1 + ``Weights.recency``; half of what
comes on top is gone after ``HALF_LIFE_DAYS``. Age is counted from the newest document that can be found, so that the
same index always gives the same order. Documents without a date gain nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from index.query import nodes
from index.search.execution import Execution, Matches
from index.search.papers import NO_PAPER, Papers
from index.segments.doc_sets import holds
from index.segments.snapshot import Segment

HALF_LIFE_DAYS = 2 * 365.25


def with_whole_titles(matches: Sequence[Matches], execution: Execution, title: nodes.Node) -> list[Matches]:
    """Return the matches, one entry per segment, with the scores of documents raised that the node ``title`` finds."""
    return _multiplied(matches, execution, title, execution.weights.whole_title)


def with_siblings(
    matches: Sequence[Matches], segments: Sequence[Segment], papers: Papers, weight: float
) -> list[Matches]:
    """Return the matches, one entry per segment, with scores raised by what their Vorgang's other files score."""
    # Place 0 is that of documents without a Vorgang: NO_PAPER is -1.
    places = [
        papers.of(segment, at, part.docs) + 1 for at, (segment, part) in enumerate(zip(segments, matches, strict=True))
    ]
    totals, counts = np.zeros(papers.count + 1), np.zeros(papers.count + 1)
    for place, part in zip(places, matches, strict=True):
        totals += np.bincount(place, part.scores, papers.count + 1)
        counts += np.bincount(place, minlength=papers.count + 1)
    counts[NO_PAPER + 1] = 0
    raised = []
    for place, part in zip(places, matches, strict=True):
        others = counts[place] - 1
        gained = np.where(others > 0, (totals[place] - part.scores) / np.maximum(others, 1), 0)
        raised.append(Matches(part.docs, (part.scores + weight * gained).astype(np.float32)))
    return raised


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
