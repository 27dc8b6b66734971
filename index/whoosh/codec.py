"""The Whoosh codec of columnar segments: what lets stock Whoosh read them.

A segment is one file of arrays, written as a whole by ``index.segments.segment_file``, so the writing
side of Whoosh's codec interface is closed. The reading side serves stock Whoosh's readers, searchers and matchers; the
tests use them as the oracle. Our own execution reads the arrays directly.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from whoosh.codec import base
from whoosh.codec.whoosh3 import W3Codec
from whoosh.formats import Positions
from whoosh.matching import ListMatcher
from whoosh.reading import TermInfo, TermNotFound

from index.segments.columnar_field import ColumnarField
from index.segments.columnar_segment import ColumnarSegment
from index.segments.record import EXTENSION


class ColumnarCodec(W3Codec):  # type: ignore[misc]  # whoosh's classes are untyped
    """Reads columnar segments for stock Whoosh. Its import path is part of the file format."""

    def per_document_writer(self, *_: Any) -> Any:
        raise TypeError("columnar segments are written by index.segments.segment_file")

    def field_writer(self, *_: Any) -> Any:
        raise TypeError("columnar segments are written by index.segments.segment_file")

    def per_document_reader(self, storage: Any, segment: Any) -> ColumnarDocuments:
        return ColumnarDocuments(open_segment(storage, segment), segment)

    def terms_reader(self, storage: Any, segment: Any) -> ColumnarTerms:
        return ColumnarTerms(open_segment(storage, segment))


def open_segment(storage: Any, segment: Any) -> ColumnarSegment:
    """Open a segment that stock Whoosh knows. Raises ``OSError`` or ``SegmentDamaged``."""
    return ColumnarSegment(Path(storage.folder) / segment.make_filename(EXTENSION))


class ColumnarTerms(base.TermsReader):  # type: ignore[misc]
    """The term dictionary and postings of a segment, as stock Whoosh asks for them. Terms are UTF-8 bytes."""

    def __init__(self, segment: ColumnarSegment) -> None:
        self._fields = segment.fields

    def __contains__(self, term: tuple[str, bytes]) -> bool:
        name, text = term
        return name in self._fields and self._fields[name].place(text) is not None

    def indexed_field_names(self) -> list[str]:
        return list(self._fields)

    def cursor(self, fieldname: str, _fieldobj: Any) -> TermCursor:
        return TermCursor(self._fields[fieldname])

    def terms(self) -> Iterator[tuple[str, bytes]]:
        for name in sorted(self._fields):
            yield from self.terms_from(name, b"")

    def terms_from(self, fieldname: str, prefix: bytes) -> Iterator[tuple[str, bytes]]:
        return ((fieldname, term) for term in self._fields[fieldname].terms_from(prefix))

    def items(self) -> Iterator[tuple[tuple[str, bytes], TermInfo]]:
        return (((name, text), self.term_info(name, text)) for name, text in self.terms())

    def items_from(self, fieldname: str, prefix: bytes) -> Iterator[tuple[tuple[str, bytes], TermInfo]]:
        return (((name, text), self.term_info(name, text)) for name, text in self.terms_from(fieldname, prefix))

    def term_info(self, fieldname: str, text: bytes) -> TermInfo:
        field, place = self._find(fieldname, text)
        docs, frequencies = field.docs(place), field.frequencies(place)
        lengths = field.lengths[docs]
        return TermInfo(
            weight=float(frequencies.sum()),
            df=len(docs),
            minlength=int(lengths.min()),
            maxlength=int(lengths.max()),
            maxweight=float(frequencies.max()),
            minid=int(docs[0]),
            maxid=int(docs[-1]),
        )

    def frequency(self, fieldname: str, text: bytes) -> float:
        return self.term_info(fieldname, text).weight() if (fieldname, text) in self else 0.0

    def doc_frequency(self, fieldname: str, text: bytes) -> int:
        return self.term_info(fieldname, text).doc_frequency() if (fieldname, text) in self else 0

    def matcher(self, fieldname: str, text: bytes, format_: Any, scorer: Any = None) -> ListMatcher:
        field, place = self._find(fieldname, text)
        values = None
        if field.has_positions:
            positions, ends = field.positions(place)
            encode = Positions().encode
            values = [encode(positions[a:b].tolist()) for a, b in pairwise(ends.tolist())]
        return ListMatcher(
            field.docs(place).tolist(),
            weights=field.frequencies(place).astype(float).tolist(),
            values=values,
            format=format_,
            scorer=scorer,
            term=(fieldname, text),
            terminfo=self.term_info(fieldname, text),
        )

    def _find(self, fieldname: str, text: bytes) -> tuple[ColumnarField, int]:
        field = self._fields.get(fieldname)
        place = field.place(text) if field else None
        if field is None or place is None:
            raise TermNotFound(f"no term {fieldname}:{text!r}")
        return field, place


class TermCursor(base.FieldCursor):  # type: ignore[misc]
    """Walks a term dictionary; Whoosh's Levenshtein automaton jumps ahead with it."""

    def __init__(self, field: ColumnarField) -> None:
        self._field = field
        self._place = 0

    def first(self) -> str | None:
        self._place = 0
        return self.text()

    def find(self, string: str) -> str | None:
        self._place = self._field.place_from(string.encode("utf-8", "surrogatepass"))
        return self.text()

    def next(self) -> str | None:
        self._place += 1
        return self.text()

    def text(self) -> str | None:
        return self._field.term(self._place).decode() if self.is_valid() else None

    def is_valid(self) -> bool:
        return self._place < self._field.term_count


class ColumnarDocuments(base.PerDocumentReader):  # type: ignore[misc]
    """Documents of a segment as stock Whoosh asks for them: lengths, deletions, stored values."""

    def __init__(self, opened: ColumnarSegment, segment: Any) -> None:
        self._opened = opened
        self._segment = segment

    def doc_count(self) -> int:
        return int(self._segment.doc_count_all()) - int(self._segment.deleted_count())

    def doc_count_all(self) -> int:
        return int(self._segment.doc_count_all())

    def has_deletions(self) -> bool:
        return bool(self._segment.has_deletions())

    def is_deleted(self, docnum: int) -> bool:
        return bool(self._segment.is_deleted(docnum))

    def deleted_docs(self) -> Any:
        return self._segment.deleted_docs()

    def supports_columns(self) -> bool:
        return False

    def doc_field_length(self, docnum: int, fieldname: str, default: int = 0) -> int:
        field = self._opened.fields.get(fieldname)
        return int(field.lengths[docnum]) if field else default

    def field_length(self, fieldname: str) -> int:
        field = self._opened.fields.get(fieldname)
        return field.total_length if field else 0

    def min_field_length(self, fieldname: str) -> int:
        field = self._opened.fields.get(fieldname)
        return int(field.lengths.min()) if field else 0

    def max_field_length(self, fieldname: str) -> int:
        field = self._opened.fields.get(fieldname)
        return int(field.lengths.max()) if field else 0

    def stored_fields(self, docnum: int) -> dict[str, Any]:
        return {"metadata": json.dumps(self._opened.stored(docnum).metadata)}
