"""What a segment's file holds, written in one go from inverted fields, columns and stored values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from index.array_file import Array, ArrayFileWriter
from index.columnar_codec import EXTENSION, FIELDS, STORED, ColumnarCodec
from index.columns import write_days, write_values
from index.inversion import Inverted, write_field

INDEX_NAME = "MAIN"


def write_segment(
    storage: Any,
    doc_count: int,
    fields: Iterable[tuple[str, Inverted]],
    columns: Mapping[str, Sequence[bytes]],
    days: Array,
    stored: tuple[Array, Array],
) -> Any:
    """Write a segment and return it as Whoosh knows it. ``fields`` are asked for one at a time, to save memory.

    ``columns``: a value per document, ``days``: int32 per document, ``stored``: bytes and ``doc_count + 1`` offsets.
    """
    segment = ColumnarCodec().new_segment(storage, INDEX_NAME)
    segment.set_doc_count(doc_count)
    file = ArrayFileWriter(storage.create_file(segment.make_filename(EXTENSION)))
    names = []
    for name, field in fields:
        write_field(file, name, field)
        names.append(name)
    for name, values in columns.items():
        write_values(file, name, values)
    write_days(file, days)
    file.add(STORED, stored[0])
    file.add(f"{STORED}_offsets", stored[1])
    file.add(FIELDS, np.frombuffer(" ".join(names).encode(), dtype=np.uint8))
    file.close()
    return segment
