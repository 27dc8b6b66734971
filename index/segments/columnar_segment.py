"""An open segment: every field's sides, and the stored documents as they were packed."""

from __future__ import annotations

from pathlib import Path

from index.segments.array_file import Array, ArrayFile
from index.segments.columnar_field import ColumnarField, FieldPostings
from index.segments.compression import Decompressor
from index.segments.segment_file import DICTIONARY, FIELDS, STORED
from index.segments.stored_text import PackedDocument


class ColumnarSegment:
    """A segment's fields, columns and stored documents. Raises ``OSError`` or ``SegmentDamaged`` when it is made.

    ``fields``: every side by its name; ``sides``: the names of a field's sides by that of the field.
    """

    def __init__(self, path: Path) -> None:
        self.file = file = ArrayFile(path)
        self.fields: dict[str, ColumnarField] = {}
        self.sides: dict[str, list[str]] = {}
        for line in bytes(file.array(FIELDS)).decode().splitlines():
            name, *sides = line.split(" ")
            postings = FieldPostings(file, name)
            self.sides[name] = sides
            self.fields |= {side: ColumnarField(file, side, postings) for side in sides}
        self._stored = file.array(STORED)
        self._stored_offsets = file.array(f"{STORED}_offsets")
        self.dictionary = file.array(DICTIONARY).tobytes()
        self.decompressor = Decompressor(self.dictionary)

    def stored_blob(self) -> tuple[Array, Array]:
        """Return all stored documents as bytes, and where each begins (one more)."""
        return self._stored, self._stored_offsets

    def stored_bytes(self, doc: int) -> bytes:
        """Return a stored document as it was packed."""
        return self._stored[int(self._stored_offsets[doc]) : int(self._stored_offsets[doc + 1])].tobytes()

    def stored(self, doc: int) -> PackedDocument:
        """Return a stored document."""
        return PackedDocument(self.stored_bytes(doc), self.decompressor)
