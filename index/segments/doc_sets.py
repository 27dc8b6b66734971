"""Ascending arrays of document numbers, looked up in one another."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[Any]
BoolArray = npt.NDArray[np.bool_]

SPARSE_FACTOR = 24
"""Looking up one document by bisection costs about as much as so many entries of a table."""


def holds(haystack: IntArray, needles: IntArray) -> BoolArray:
    """Tell which of ``needles`` are in ``haystack``; both ascend."""
    if not len(haystack) or not len(needles):
        return np.zeros(len(needles), dtype=bool)
    return located(needles, haystack)[1]


def located(needles: IntArray, haystack: IntArray) -> tuple[IntArray, BoolArray]:
    """Return where each of ``needles`` is in ``haystack`` (anything if it is not), and whether it is there.

    Both ascend and are not empty. Few are looked up by bisection; many by a table over all documents up to the last.
    """
    if len(needles) * SPARSE_FACTOR < len(haystack) + int(haystack[-1]):
        if int(needles[-1]).bit_length() < 8 * haystack.itemsize:
            needles = needles.astype(haystack.dtype)  # else all of the haystack would be converted
        at = haystack.searchsorted(needles)
        np.minimum(at, len(haystack) - 1, out=at)
        return at, haystack[at] == needles
    size = 1 + max(int(needles[-1]), int(haystack[-1]))
    table = np.full(size, -1, dtype=np.int32)
    table[haystack] = np.arange(len(haystack), dtype=np.int32)
    places: IntArray = table.take(needles)
    return places, places >= 0


def runs(starts: IntArray, lengths: IntArray) -> IntArray:
    """Return the numbers of runs one after the other: ``lengths[i]`` numbers from ``starts[i]`` on (int64)."""
    lengths = lengths.astype(np.int64)
    begins = np.cumsum(lengths) - lengths
    numbers = np.repeat(starts.astype(np.int64) - begins, lengths)
    numbers += np.arange(len(numbers), dtype=np.int64)
    return numbers


def members(docs: IntArray, few: IntArray) -> BoolArray:
    """Return which of ``docs`` are among ``few``; both ascend, and the latter are looked up among the former."""
    found = np.zeros(len(docs), dtype=bool)
    at = docs.searchsorted(few)
    at = at[at < len(docs)]
    found[at[docs[at] == few[: len(at)]]] = True
    return found
