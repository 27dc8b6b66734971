"""Which documents belong to the same Vorgang: its number for each document, over all segments of a snapshot."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from index.query.fields import PAPER_KEY_BYTES
from index.segments.postings import IntArray
from index.segments.snapshot import Segment

NO_PAPER = -1

_KEY = np.dtype(f"S{PAPER_KEY_BYTES}")


class Papers:
    """The Vorgänge of a snapshot, numbered over all its segments from 0 to ``count`` - 1. Built once per snapshot."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        keys = [_keys(segment) for segment in segments]
        every = np.concatenate([np.empty(0, dtype=_KEY), *keys])
        # Keys ascend in each segment; a stable sort of ascending runs merges them.
        order = np.argsort(every, kind="stable")
        ascending = every[order]
        numbers = np.empty(len(every), dtype=np.int64)
        numbers[order] = np.cumsum(np.concatenate([[0], ascending[1:] != ascending[:-1]])[: len(every)])
        self.count = int(numbers.max()) + 1 if len(numbers) else 0
        parts = np.split(numbers, np.cumsum([len(part) for part in keys])[:-1])
        # The ordinal after a column's last value means none.
        self._numbers = [np.append(part, NO_PAPER) for part in parts]

    def of(self, segment: Segment, number: int, docs: IntArray) -> IntArray:
        """Return the number of the Vorgang of each of ``docs`` of the segment of this number, or ``NO_PAPER``."""
        numbers: IntArray = self._numbers[number].take(segment.data.columns["paper"].ordinals.take(docs))
        return numbers


def _keys(segment: Segment) -> IntArray:
    return np.frombuffer(segment.data.columns["paper"].packed_values(), dtype=_KEY)
