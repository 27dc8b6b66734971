"""Columns of a segment: one value per document, read as arrays in place.

A value column holds ordinals into the sorted list of its distinct values, so that counting a facet is one ``bincount``;
the ordinal after the last value means none. The day column holds ``date.toordinal``; 0 means no date.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from index.segments.array_file import Array, ArrayFile, ArrayFileWriter, pack_strings

DAYS = "days"


def write_values(file: ArrayFileWriter, name: str, values: Sequence[bytes]) -> None:
    """Write the value of each document; the empty string is no value."""
    distinct = sorted(set(values) - {b""})
    ordinal_of = {value: ordinal for ordinal, value in enumerate(distinct)}
    missing = len(distinct)
    ordinals = np.fromiter((ordinal_of.get(value, missing) for value in values), dtype=np.uint32, count=len(values))
    blob, offsets = pack_strings(distinct)
    file.add(f"{name}.ordinals", ordinals)
    file.add(f"{name}.values", blob)
    file.add(f"{name}.value_offsets", offsets)


def write_days(file: ArrayFileWriter, days: Array) -> None:
    """Write the day of each document."""
    file.add(DAYS, days.astype(np.int32))


def read_days(file: ArrayFile) -> npt.NDArray[np.int32]:
    """Return the day of each document (int32)."""
    return file.array(DAYS)


class ValueColumn:
    """Reads a value column. ``ordinals``: unsigned integers, one per document; ``value_count`` means no value."""

    def __init__(self, file: ArrayFile, name: str) -> None:
        self.ordinals = file.array(f"{name}.ordinals")
        self._values = file.array(f"{name}.values")
        self._offsets = file.array(f"{name}.value_offsets")
        self.value_count = len(self._offsets) - 1

    def value(self, ordinal: int) -> bytes:
        """Return a distinct value by its ordinal, 0 to ``value_count`` - 1."""
        return self._values[int(self._offsets[ordinal]) : int(self._offsets[ordinal + 1])].tobytes()

    def packed_values(self) -> bytes:
        """Return all distinct values, one after the other in the order of their ordinals."""
        return self._values.tobytes()

    def of(self, doc: int) -> bytes:
        """Return a document's value; empty when it has none."""
        ordinal = int(self.ordinals[doc])
        return b"" if ordinal == self.value_count else self.value(ordinal)

    def __len__(self) -> int:
        return len(self.ordinals)
