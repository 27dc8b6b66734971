"""What a segment's file holds, written in one go from inverted fields, columns and stored documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from index.array_file import Array, ArrayFileWriter
from index.columnar_codec import DICTIONARY, EXTENSION, FIELDS, STORED, ColumnarCodec
from index.columns import write_days, write_values
from index.doc_sets import BoolArray
from index.fields import TEXT_FIELD
from index.inversion import Postings
from index.posting_lists import write_field

INDEX_NAME = "MAIN"


def sides_of(name: str) -> tuple[str, ...]:
    """Return the names of a field's sides: words, then stems and parts if it has any."""
    field = TEXT_FIELD.get(name)
    if field is None or not field.stemmed:
        return (name,)
    return tuple(filter(None, (field.word_name, field.name, field.part_name)))


def live_documents(segment: Any) -> BoolArray:
    """Return which documents of a segment, as Whoosh knows it, are not deleted."""
    live = np.ones(segment.doc_count_all(), dtype=bool)
    live[list(segment.deleted_docs())] = False
    return live


def write_segment(
    storage: Any,
    fields: Iterable[tuple[str, Postings]],
    columns: Mapping[str, Sequence[bytes]],
    days: Array,
    stored: tuple[Array, Array],
    dictionary: bytes,
) -> Any:
    """Write a segment and return it as Whoosh knows it. ``fields`` are asked for one at a time, to save memory.

    ``columns``: a value per document, ``days``: int32 per document, ``stored``: bytes and ``doc_count + 1`` offsets,
    ``dictionary``: what these are compressed with.
    """
    segment = ColumnarCodec().new_segment(storage, INDEX_NAME)
    segment.set_doc_count(len(days))
    file = ArrayFileWriter(storage.create_file(segment.make_filename(EXTENSION)))
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
