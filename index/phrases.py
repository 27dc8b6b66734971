"""Phrases: which documents have words one after the other, found in all documents at once.

A word's occurrences become numbers, (document, position) joined, which ascend. Going from word to word, those
occurrences stay that follow one of the word before.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from index.array_file import Array
from index.doc_sets import BoolArray

_POSITION_BITS = 32


def has_phrase(occurrences: Sequence[tuple[Array, Array]], doc_count: int, slop: int) -> BoolArray:
    """Return a bool for each of ``doc_count`` documents: whether the words stand there in order.

    ``occurrences``: for each word its positions in all these documents, ascending within a document, and where each
    document's begin (``doc_count + 1`` entries). ``slop``: how many positions a word may come after the one before; 1:
    next to each other.
    """
    reached: Array | None = None
    for positions, ends in occurrences:
        keys = np.repeat(np.arange(doc_count, dtype=np.int64) << _POSITION_BITS, np.diff(ends))
        keys += positions
        reached = keys if reached is None else _following(reached, keys, slop)
        if not len(reached):
            break
    found = np.zeros(doc_count, dtype=bool)
    if reached is not None:
        found[reached >> _POSITION_BITS] = True
    return found


def _following(before: Array, keys: Array, slop: int) -> Array:
    """Return those of ``keys`` that come at most ``slop`` after one of ``before``; both ascend, neither is empty."""
    nearest = np.searchsorted(before, keys) - 1
    # Keys of different documents are further apart than any slop; before the first there is none.
    return keys[(nearest >= 0) & (keys - before[nearest] <= slop)]
