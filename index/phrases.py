"""Phrases: which documents have words one after the other, found in all documents at once.

A word's occurrences are numbers, (document, position) joined, which ascend. Going from word to word, those occurrences
stay that follow one of the word before.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from index.array_file import Array
from index.doc_sets import BoolArray
from index.positions import POSITION_BITS


def has_phrase(occurrences: Sequence[Array], docs: Array, slop: int) -> BoolArray:
    """Return for each of ``docs`` (ascending, not empty) whether words stand there in order.

    ``occurrences``: for each word where it stands in these documents: document << ``POSITION_BITS`` | position,
    ascending. ``slop``: how many positions a word may come after the one before; 1: next to each other.
    """
    reached = occurrences[0]
    for following in occurrences[1:]:
        # Occurrences in different documents are further apart than any slop; before the first there is none.
        nearest = reached.searchsorted(following) - 1
        reached = following[(nearest >= 0) & (following - reached[nearest] <= slop)]
        if not len(reached):
            break
    found = np.zeros(len(docs), dtype=bool)
    found[docs.searchsorted(reached >> POSITION_BITS)] = True
    return found
