"""A reader's view of one commit: its segments, what is deleted in them, and the statistics that scores need.

A snapshot never changes. A reader that opened it keeps seeing it while the writer commits and merges, because mapped
files stay readable after they are deleted. Segments never change either, so a new snapshot takes over from the
previous one whatever it shares with it.
"""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from whoosh.index import TOC
from whoosh.reading import CorruptIndexError

from index.columns import DayColumn, OrdinalColumn, OrdinalColumnReader
from index.documents import Document
from index.fields import TEXT_FIELDS, VALUE_FIELDS, make_schema
from index.postings import IntArray, Postings, PostingsCache, SegmentPostings
from index.storage import MappedStorage
from index.stored_text import StoredText

INDEX_NAME = "MAIN"


@dataclass(frozen=True, slots=True)
class SegmentData:
    """The part of a segment that never changes: its postings and columns."""

    segment_id: str
    doc_count: int
    postings: SegmentPostings
    ids: OrdinalColumnReader
    days: IntArray
    columns: dict[str, OrdinalColumnReader | None]

    @classmethod
    def open(cls, storage: MappedStorage, schema: Any, segment: Any, cache: PostingsCache) -> SegmentData:
        """Open all files of a segment at once: a later commit may delete them."""
        postings = SegmentPostings(storage, schema, segment, cache)
        doc_count = segment.doc_count_all()
        ids = postings.column("id", OrdinalColumn())
        if ids is None:
            raise CorruptIndexError(f"segment {segment.segment_id()} has no column of ids")
        days = postings.column("date", DayColumn())
        for field in TEXT_FIELDS:
            postings.lengths(field.name)
            postings.lengths(field.word_name)
        postings.stored(0)
        return cls(
            segment_id=str(segment.segment_id()),
            doc_count=doc_count,
            postings=postings,
            ids=ids,
            days=np.zeros(doc_count, dtype=np.int32) if days is None else days.days,
            columns={field.name: postings.column(field.name, OrdinalColumn()) for field in VALUE_FIELDS},
        )


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment as of one commit. ``live``: bool per document, None when nothing is deleted."""

    data: SegmentData
    live: npt.NDArray[np.bool_] | None

    @property
    def doc_count(self) -> int:
        """Number of documents the segment was written with, deleted ones included."""
        return self.data.doc_count

    def document_id(self, doc: int) -> str:
        """Return the id of a document."""
        return self.data.ids[doc].decode()

    def document(self, doc: int) -> Document:
        """Return a document's metadata (no pages)."""
        stored = self.data.postings.stored(doc)
        return Document.from_metadata(json.loads(zlib.decompress(stored["metadata"])))

    def text(self, doc: int) -> StoredText:
        """Return a document's text."""
        return StoredText(self.data.postings.stored(doc))


class Snapshot:
    """All segments of one commit, and collection-wide statistics (deleted documents included, as Whoosh counts)."""

    def __init__(self, segments: Sequence[Segment], name: str, applied_change: int) -> None:
        self.segments = tuple(segments)
        self.name = name
        self.applied_change = applied_change
        self.doc_count_all = sum(segment.doc_count for segment in self.segments)

    @classmethod
    def open(cls, folder: Path, applied_change: int, cache: PostingsCache, previous: Snapshot | None) -> Snapshot:
        """Open the latest commit in ``folder``.

        Raises whatever Whoosh and the operating system raise for files that are missing or damaged.
        """
        storage = MappedStorage(str(folder), readonly=True)
        schema = make_schema()
        toc = TOC.read(storage, INDEX_NAME, schema=schema)
        known = {segment.data.segment_id: segment.data for segment in previous.segments} if previous else {}
        segments = []
        for whoosh_segment in toc.segments:
            data = known.get(str(whoosh_segment.segment_id()))
            if data is None:
                data = SegmentData.open(storage, schema, whoosh_segment, cache)
            live = None
            if deleted := list(whoosh_segment.deleted_docs()):
                live = np.ones(data.doc_count, dtype=bool)
                live[deleted] = False
            segments.append(Segment(data, live))
        return cls(segments, f"{folder.name}.{toc.generation}", applied_change)

    @cached_property
    def doc_count(self) -> int:
        """Number of documents that can be found."""
        deleted = sum(int((~segment.live).sum()) for segment in self.segments if segment.live is not None)
        return self.doc_count_all - deleted

    def document_frequency(self, field: str, term: str) -> int:
        """Return the number of documents with a term over all segments."""
        return sum(segment.data.postings.document_frequency(field, term) for segment in self.segments)

    def idf(self, document_frequency: int) -> float:
        """Return the inverse document frequency, by Whoosh's formula: ln(N / (df + 1)) + 1."""
        return math.log(self.doc_count_all / (document_frequency + 1)) + 1 if self.doc_count_all else 0.0

    def average_length(self, field: str) -> float:
        """Return the average number of terms of a field per document (1.0 for an empty field)."""
        total = sum(segment.data.postings.field_length(field) for segment in self.segments)
        return total / self.doc_count_all if total else 1.0

    def find(self, document_id: str) -> tuple[Segment, int] | None:
        """Return where a document is, or None when there is none with this id."""
        for segment in self.segments:
            postings: Postings = segment.data.postings.postings("id", document_id)
            for doc in postings.docs.tolist():
                if segment.live is None or segment.live[doc]:
                    return segment, doc
        return None
