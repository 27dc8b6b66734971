"""Why a document was found, where that is not obvious: by part of a word, a synonym, a spelling; and what is missing.

The sentences are German, because people read them under a hit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from index.engine import FoundBy
from index.execution import Execution
from index.plan import Alternative, Way
from index.snapshot import Segment

_SENTENCES = {
    Way.SPAN: "gefunden in anderer Schreibweise von „{typed}“",
    Way.PART: "gefunden über Wortteil „{typed}“",
    Way.SYNONYM: "gefunden über „{found}“ statt „{typed}“",
    Way.DERIVED: "gefunden über ein mit „{typed}“ verwandtes Wort",
    Way.NEAR: "gefunden über die Wortteile von „{typed}“ nahe beieinander",
    Way.FUZZY: "gefunden über eine ähnliche Schreibweise von „{typed}“",
}
"""By the way of finding; the first that applies to a word is told."""

_MISSING = "ohne „{typed}“"


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
        return doc in execution.evaluate(alternative.query, segment, within).docs

    return tuple(found for typed, ways in by_word.items() for found in _found_by(typed, list(filter(has, ways))))


def _found_by(typed: str, ways: Sequence[Alternative]) -> Iterator[FoundBy]:
    if not ways:
        yield FoundBy(typed, None, "", _MISSING.format(typed=typed))
    elif all(way.way is not Way.WORD for way in ways):
        order = list(_SENTENCES)
        way = min(ways, key=lambda alternative: order.index(alternative.way))
        yield FoundBy(typed, way.way.value, way.found, _SENTENCES[way.way].format(typed=typed, found=way.found))
