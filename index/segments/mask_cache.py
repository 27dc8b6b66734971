"""Filters of a segment remembered as bit sets: people narrow searches by the same few Kommunen, years and types.

A segment never changes, so what a filter lets through is computed once per process and segment. An eighth of a byte per
document and filter is kept, and only for the filters used last.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock

import numpy as np
import numpy.typing as npt
from cachetools import LRUCache

from index.segments.doc_sets import BoolArray

MAX_MASKS = 256
"""Masks remembered per segment: 3 MB for 100,000 documents."""


class MaskCache:
    """Masks of one segment by filter, the least recently used forgotten first. Thread-safe."""

    def __init__(self, doc_count: int) -> None:
        self._doc_count = doc_count
        self._lock = Lock()
        self._bit_sets: LRUCache[Hashable, npt.NDArray[np.uint8]] = LRUCache(MAX_MASKS)

    def mask(self, key: Hashable, compute: Callable[[], BoolArray]) -> BoolArray:
        """Return the mask (a bool per document) of a filter, which ``key`` stands for, computed if it is not known."""
        with self._lock:
            bits = self._bit_sets.get(key)
        if bits is not None:
            return np.unpackbits(bits, count=self._doc_count).view(np.bool_)
        mask = compute()
        with self._lock:
            self._bit_sets[key] = np.packbits(mask)
        return mask

    def __len__(self) -> int:
        return len(self._bit_sets)
