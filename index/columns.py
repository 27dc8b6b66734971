"""Columns of the index: one value per document, read as arrays straight from the memory-mapped segment.

Whoosh's own reference column keeps at most 65,535 distinct values and reads one document at a time. ``OrdinalColumn``
has no such limit and hands out its ordinals as one numpy array, so that counting a facet is one ``bincount``.

Layout of an ordinal column (little endian), for n documents and u distinct values in ascending order of their bytes:
n ordinals (uint32, u = no value), u + 1 offsets (uint64), the values' bytes, then u and n as uint64.
The classes' import path is part of the file format, because Whoosh pickles the schema.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from whoosh.columns import Column, ColumnReader, ColumnWriter
from whoosh.reading import CorruptIndexError

_FOOTER_BYTES = 16


class OrdinalColumn(Column):  # type: ignore[misc]  # whoosh's base classes are untyped
    """A byte string per document, stored once per distinct value; ordinals are in the values' order."""

    reversible = False

    def __init__(self) -> None:
        self._default = b""

    def writer(self, dbfile: Any) -> OrdinalColumnWriter:
        return OrdinalColumnWriter(dbfile)

    def reader(self, dbfile: Any, basepos: int, length: int, doccount: int) -> OrdinalColumnReader:
        return OrdinalColumnReader(dbfile, basepos, length, doccount)

    def default_value(self, _reverse: bool = False) -> bytes:
        return self._default


class OrdinalColumnWriter(ColumnWriter):  # type: ignore[misc]
    """Collects values in document order; the file is written by ``finish``."""

    def __init__(self, dbfile: Any) -> None:
        self._dbfile = dbfile
        self._seen: dict[bytes, int] = {}
        self._refs: list[int] = []

    def fill(self, docnum: int) -> None:
        """Give all documents before ``docnum`` that have no value yet none."""
        self._refs.extend([-1] * (docnum - len(self._refs)))

    def add(self, docnum: int, value: bytes) -> None:
        """Set the value of ``docnum``; document numbers ascend. The empty string is no value."""
        self.fill(docnum)
        self._refs.append(self._seen.setdefault(value, len(self._seen)) if value else -1)

    def finish(self, doccount: int) -> None:
        """Write the column for ``doccount`` documents."""
        self.fill(doccount)
        by_appearance = list(self._seen)
        in_order = sorted(range(len(by_appearance)), key=by_appearance.__getitem__)
        # One more slot at the end serves reference -1, no value.
        ordinal_of = np.empty(len(in_order) + 1, dtype="<u4")
        ordinal_of[in_order] = np.arange(len(in_order), dtype="<u4")
        ordinal_of[-1] = len(in_order)
        values = [by_appearance[ref] for ref in in_order]
        offsets = np.zeros(len(values) + 1, dtype="<u8")
        np.cumsum([len(value) for value in values], out=offsets[1:])
        self._dbfile.write(ordinal_of[np.asarray(self._refs, dtype=np.int64)].tobytes())
        self._dbfile.write(offsets.tobytes())
        self._dbfile.write(b"".join(values))
        self._dbfile.write(np.array([len(values), doccount], dtype="<u8").tobytes())


class OrdinalColumnReader(ColumnReader):  # type: ignore[misc]
    """Reads an ordinal column. ``ordinals``: uint32 array, one entry per document; ``value_count`` means no value."""

    def __init__(self, dbfile: Any, basepos: int, length: int, doccount: int) -> None:
        super().__init__(dbfile, basepos, length, doccount)
        footer = np.frombuffer(dbfile.get(basepos + length - _FOOTER_BYTES, _FOOTER_BYTES), dtype="<u8")
        self.value_count = int(footer[0])
        if int(footer[1]) != doccount:
            raise CorruptIndexError(f"a column has {int(footer[1])} documents where its segment has {doccount}")
        self.ordinals = np.frombuffer(_view(dbfile, basepos, doccount * 4), dtype="<u4")
        offsets_at = basepos + doccount * 4
        self._offsets = np.frombuffer(_view(dbfile, offsets_at, (self.value_count + 1) * 8), dtype="<u8")
        values_at = offsets_at + (self.value_count + 1) * 8
        self._values = _view(dbfile, values_at, int(self._offsets[-1]))

    def value(self, ordinal: int) -> bytes:
        """Return a distinct value by its ordinal, 0 to ``value_count`` - 1."""
        return bytes(self._values[int(self._offsets[ordinal]) : int(self._offsets[ordinal + 1])])

    def values(self) -> list[bytes]:
        """Return all distinct values in order."""
        return [self.value(ordinal) for ordinal in range(self.value_count)]

    def find(self, value: bytes) -> int | None:
        """Return the ordinal of ``value``, or None when no document has it."""
        low, high = 0, self.value_count
        while low < high:
            middle = (low + high) // 2
            if self.value(middle) < value:
                low = middle + 1
            else:
                high = middle
        return low if low < self.value_count and self.value(low) == value else None

    def __getitem__(self, docnum: int) -> bytes:
        ordinal = int(self.ordinals[docnum])
        return b"" if ordinal == self.value_count else self.value(ordinal)

    def __iter__(self) -> Any:
        return (self[docnum] for docnum in range(len(self.ordinals)))

    def load(self) -> list[bytes]:
        return list(self)


class DayColumn(Column):  # type: ignore[misc]
    """A day per document as its proleptic Gregorian ordinal (``date.toordinal``), int32; 0 means no date."""

    reversible = True

    def writer(self, dbfile: Any) -> DayColumnWriter:
        return DayColumnWriter(dbfile)

    def reader(self, dbfile: Any, basepos: int, length: int, doccount: int) -> DayColumnReader:
        return DayColumnReader(dbfile, basepos, length, doccount)

    def default_value(self, _reverse: bool = False) -> int:
        return 0


class DayColumnWriter(ColumnWriter):  # type: ignore[misc]
    """Collects days in document order."""

    def __init__(self, dbfile: Any) -> None:
        self._dbfile = dbfile
        self._days: list[int] = []

    def fill(self, docnum: int) -> None:
        """Give all documents before ``docnum`` that have no day yet none."""
        self._days.extend([0] * (docnum - len(self._days)))

    def add(self, docnum: int, value: int) -> None:
        """Set the day of ``docnum``; document numbers ascend."""
        self.fill(docnum)
        self._days.append(value)

    def finish(self, doccount: int) -> None:
        """Write the column for ``doccount`` documents."""
        self.fill(doccount)
        self._dbfile.write(np.asarray(self._days, dtype="<i4").tobytes())


class DayColumnReader(ColumnReader):  # type: ignore[misc]
    """Reads a day column. ``days``: int32 array, one entry per document."""

    def __init__(self, dbfile: Any, basepos: int, length: int, doccount: int) -> None:
        super().__init__(dbfile, basepos, length, doccount)
        self.days = np.frombuffer(_view(dbfile, basepos, length), dtype="<i4")

    def __getitem__(self, docnum: int) -> int:
        return int(self.days[docnum])

    def __iter__(self) -> Any:
        return iter(self.days.tolist())

    def load(self) -> list[int]:
        return list(self.days.tolist())


def _view(dbfile: Any, position: int, length: int) -> memoryview | bytes:
    """Read without copying from a mapped file, with a copy from any other (Whoosh's in-memory storage in tests)."""
    view: memoryview | bytes = (
        dbfile.view(position, length) if hasattr(dbfile, "view") else dbfile.get(position, length)
    )
    return view
