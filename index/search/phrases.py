"""Phrases in documents: a word's occurrences are numbers, (document, position) joined, which ascend."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from index.query.phrases import reached_by
from index.segments.array_file import Array
from index.segments.doc_sets import BoolArray
from index.segments.positions import POSITION_BITS


def has_phrase(occurrences: Sequence[Array], docs: Array, slop: int) -> BoolArray:
    """Return for each of ``docs`` (ascending, not empty) whether words stand there in order.

    ``occurrences``: for each word where it stands in these documents: document << ``POSITION_BITS`` | position,
    ascending. ``slop``: how many positions a word may come after the one before; 1: next to each other.
    """
    found = np.zeros(len(docs), dtype=bool)
    found[docs.searchsorted(reached_by(occurrences, slop)[-1] >> POSITION_BITS)] = True
    return found
