"""Why a document was found, where that is not obvious (part of a word, synonym, spelling), and what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from index.contract import FoundBy
from index.query.plan import Alternative, Way
from index.search.execution import Execution
from index.segments.snapshot import Segment

_WAYS = (Way.SPAN, Way.PART, Way.SYNONYM, Way.DERIVED, Way.NEAR, Way.FUZZY)
"""The first of these that applies to a word is told."""


def explanation(
    execution: Execution, alternatives: Sequence[Alternative], segment: Segment, doc: int
) -> tuple[FoundBy, ...]:
    """Return for each word of the query that a document does not have as typed, how else it was found, if at all."""
    within = np.array([doc])
    by_word: dict[str, list[Alternative]] = {}
    for alternative in alternatives:
        by_word.setdefault(alternative.typed, []).append(alternative)

    def has(alternative: Alternative) -> bool:
        # Some queries look at all documents whatever they are asked for.
        return alternative.node is not None and doc in execution.evaluate(alternative.node, segment, within).docs

    return tuple(found for typed, ways in by_word.items() for found in _found_by(typed, list(filter(has, ways))))


def _found_by(typed: str, ways: Sequence[Alternative]) -> Iterator[FoundBy]:
    if not ways:
        yield FoundBy(typed, None, "")
    elif all(way.way is not Way.WORD for way in ways):
        way = min(ways, key=lambda alternative: _WAYS.index(alternative.way))
        yield FoundBy(typed, way.way.value, way.found)
