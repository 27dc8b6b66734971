"""What a segment's file holds, written in one go from inverted fields, columns and stored documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from index.query.fields import TEXT_FIELD
from index.segments.array_file import Array, ArrayFileWriter
from index.segments.columns import write_days, write_values
from index.segments.posting_lists import Postings, write_field
from index.segments.record import SegmentRecord

FIELDS = "fields"
STORED = "stored"
DICTIONARY = "stored_dictionary"


def sides_of(name: str) -> tuple[str, ...]:
    """Return the names of a field's sides: words, then stems and parts if it has any."""
    field = TEXT_FIELD.get(name)
    if field is None or not field.stemmed:
        return (name,)
    return tuple(filter(None, (field.word_name, field.name, field.part_name)))


def write_segment(
    folder: Path,
    fields: Iterable[tuple[str, Postings]],
    columns: Mapping[str, Sequence[bytes]],
    days: Array,
    stored: tuple[Array, Array],
    dictionary: bytes,
    *,
    durable: bool = True,
) -> SegmentRecord:
    """Write a segment's file. ``fields`` are asked for one at a time, to save memory. Raises ``OSError``.

    ``columns``: a value per document, ``days``: int32 per document, ``stored``: bytes and ``doc_count + 1`` offsets,
    ``dictionary``: what these are compressed with.
    """
    segment = SegmentRecord.new(len(days))
    file = ArrayFileWriter(folder / segment.file_name, durable=durable)
    try:
        names = []
        for name, field in fields:
            write_field(file, name, sides_of(name), field)
            names.append(" ".join((name, *sides_of(name))))
            del field  # before the next one is made
        for name, values in columns.items():
            write_values(file, name, values)
        write_days(file, days)
        file.add(STORED, stored[0])
        file.add(f"{STORED}_offsets", stored[1])
        file.add(DICTIONARY, np.frombuffer(dictionary, dtype=np.uint8))
        file.add(FIELDS, np.frombuffer("\n".join(names).encode(), dtype=np.uint8))
        file.close()
    except BaseException:
        file.abandon()
        raise
    return segment
