"""Sorting of parallel arrays. numpy sorts one array of integers several times faster than places by a key.

Except for keys of 16 bits, for which its stable sort counts (a radix sort): longer ones are sorted by one such digit
after the other, the lowest first.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from index.segments.array_file import Array

MAX_BITS = 63
"""Of a signed integer, which numpy sorts as fast as an unsigned one and mixes with others more easily."""

_DIGIT_BITS = 16


def sorted_rows(*columns: Array, kind: Literal["quicksort", "stable"] = "quicksort") -> list[Array]:
    """Return columns of integers from 0 on with their rows sorted by the first column, then by the second, and so on.

    Rows are packed into one integer each if they fit. ``kind`` "stable" is faster when much is in order already.
    """
    if not len(columns[0]):
        return list(columns)
    bits = [int(column.max()).bit_length() for column in columns]
    if sum(bits) > MAX_BITS:
        order = np.lexsort(columns[::-1])
        return [column[order] for column in columns]
    keys = columns[0].astype(np.int64)
    for column, width in zip(columns[1:], bits[1:], strict=True):
        keys <<= width
        keys |= column.astype(np.int64, copy=False)
    keys.sort(kind=kind)
    rows = []
    for column, width in zip(columns[:0:-1], bits[:0:-1], strict=True):
        rows.append((keys & ((1 << width) - 1)).astype(column.dtype))
        keys >>= width
    return [keys.astype(columns[0].dtype, copy=False), *reversed(rows)]


def stable_order(numbers: Array) -> Array:
    """Return the order (int64) that sorts numbers from 0 on and keeps equal ones as they are."""
    order = np.argsort(_digits(numbers, 0), kind="stable")
    for shift in range(_DIGIT_BITS, int(numbers.max(initial=0)).bit_length(), _DIGIT_BITS):
        order = order[np.argsort(_digits(numbers, shift)[order], kind="stable")]
    return order


def _digits(numbers: Array, shift: int) -> Array:
    return (numbers >> shift).astype(np.uint16)
