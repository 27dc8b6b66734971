"""The distinct values of a facet over all segments of a snapshot, so that counts can be added up as arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from analyzers import name_key, slug
from index.segments.array_file import Array
from index.segments.snapshot import Segment


class _Links(NamedTuple):
    """Which ordinals of a segment stand for which values, by value; a list column's ordinal stands for several."""

    ordinals: Array
    numbers: Array
    is_complete: bool
    """Whether each value is there exactly once."""


class FacetValues:
    """One facet's values, numbered as DIN 5007-1 orders their labels. Built once per snapshot, from distinct values."""

    def __init__(self, segments: Sequence[Segment], column: str, label: Callable[[str], str]) -> None:
        found = {value for segment in segments for values in segment.data.facet_values(column) for value in values}
        self.values = sorted(found, key=lambda value: (name_key(label(value)), value))
        self.labels = [label(value) for value in self.values]
        self._column = column
        self._number_of = {value: number for number, value in enumerate(self.values)}
        self._links = [self._linked(segment) for segment in segments]

    def _linked(self, segment: Segment) -> _Links:
        links = sorted(
            (self._number_of[value], ordinal)
            for ordinal, values in enumerate(segment.data.facet_values(self._column))
            for value in values
        )
        numbers, ordinals = zip(*links, strict=True) if links else ((), ())
        return _Links(
            np.array(ordinals, dtype=np.int64),
            np.array(numbers, dtype=np.int64),
            numbers == tuple(range(len(self.values))),
        )

    def begin_with(self, typed: str) -> npt.NDArray[np.bool_]:
        """Return for each value whether a word of its label begins as typed, folded; words in between may be left out
        at the beginning only: "fuer soz" is in "Ausschuss für Soziales".
        """
        wanted = slug(typed)
        if wanted:
            wanted = f"-{wanted}"
            found = [wanted in label for label in self._folded]
        else:  # nothing but signs
            found = [label.startswith(typed.strip()) for label in self.labels]
        return np.array(found, dtype=bool)

    @cached_property
    def _folded(self) -> list[str]:
        return [f"-{slug(label)}" for label in self.labels]

    def number(self, value: str) -> int | None:
        """Return a value's number, or None when no document has it."""
        return self._number_of.get(value)

    def count(self, segments: Sequence[Segment], docs: Sequence[Array]) -> tuple[Array, int]:
        """Return how many of ``docs`` (per segment) have each value, and how many have none."""
        totals = np.zeros(len(self.values), dtype=np.int64)
        missing = 0
        for segment, part, links in zip(segments, docs, self._links, strict=True):
            column = segment.data.columns[self._column]
            counts = np.bincount(column.ordinals.take(part), minlength=column.value_count + 1)
            missing += int(counts[column.value_count])
            linked = counts.take(links.ordinals)
            if links.is_complete:
                totals += linked
            else:
                # Sums of counts are whole numbers far below 2**53, so adding them as floats is exact.
                totals += np.bincount(links.numbers, weights=linked, minlength=len(totals)).astype(np.int64)
        return totals, missing
