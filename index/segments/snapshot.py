"""A reader's view of one commit: its segments, what is deleted in them, and the statistics that scores need.

A snapshot never changes. A reader that opened it keeps seeing it while the writer commits and merges, because mapped
files stay readable after they are deleted. Segments never change either, so a new snapshot takes over from the
previous one whatever it shares with it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.contract import Document
from index.query.fields import SAME_SIDE
from index.segments.damage import damage_reported
from index.segments.postings import SegmentData
from index.segments.record import SegmentRecord
from index.segments.remembering import remember
from index.segments.stored_text import PackedDocument, StoredText


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment as of one commit. ``live``: bool per document, None when nothing is deleted."""

    data: SegmentData
    live: npt.NDArray[np.bool_] | None
    deleted_count: int = 0
    _value_counts: dict[str, npt.NDArray[np.int64]] = field(default_factory=dict, compare=False, repr=False)

    @property
    def doc_count(self) -> int:
        """Number of documents the segment was written with, deleted ones included."""
        return self.data.doc_count

    def value_counts(self, column: str) -> npt.NDArray[np.int64]:
        """Return how many live documents have each value of a column, and at the end how many have none."""
        if column not in self._value_counts:
            read = self.data.columns[column]
            ordinals = read.ordinals if self.live is None else read.ordinals[self.live]
            self._value_counts[column] = np.bincount(ordinals, minlength=read.value_count + 1)
        return self._value_counts[column]

    @property
    def newest_day(self) -> int:
        """The latest day of a document that is not deleted, doubtful ones aside; 0 when none has one."""
        days = self.data.days_for_order
        return int(days.max(initial=0) if self.live is None else days.max(initial=0, where=self.live))

    def live_docs(self, field: str, term: str) -> npt.NDArray[Any]:
        """Return the documents with a term that are not deleted, ascending."""
        docs = self.data.docs(field, term)
        return docs if self.live is None else docs[self.live[docs]]

    def live_frequency(self, field: str, term: str) -> int:
        """Return the number of documents with a term that are not deleted."""
        if self.live is None:
            return self.data.document_frequency(field, term)
        return len(self.live_docs(field, term))

    def document_id(self, doc: int) -> str:
        """Return the id of a document."""
        return self.data.ids.of(doc).decode()

    def stored(self, doc: int) -> StoredDocument:
        """Read what is stored of a document."""
        return StoredDocument(self.data.stored(doc), self.data.segment_id)


class StoredDocument:
    """What is stored of a document, read once for its metadata and its text."""

    def __init__(self, packed: PackedDocument, segment_id: str) -> None:
        self._packed = packed
        self._segment_id = segment_id

    def document(self) -> Document:
        """Return the metadata (no pages)."""
        with damage_reported(self._segment_id):
            return Document.from_metadata(self._packed.metadata)

    def text(self) -> StoredText:
        """Return the text."""
        with damage_reported(self._segment_id):
            return self._packed.text()


class Snapshot:
    """All segments of one commit, and collection-wide statistics (deleted documents included, as Whoosh counts)."""

    def __init__(self, segments: Sequence[Segment], name: str, applied_change: int) -> None:
        self.segments = tuple(segments)
        self.name = name
        self.applied_change = applied_change
        self.doc_count_all = sum(segment.doc_count for segment in self.segments)
        self._average_length: dict[str, float] = {}
        self._frequencies: dict[tuple[str, str], int] = {}
        self._term_idf: dict[tuple[str, str], float] = {}

    @classmethod
    def open(
        cls, folder: Path, records: Iterable[SegmentRecord], name: str, applied_change: int, previous: Snapshot | None
    ) -> Snapshot:
        """Open the segments of a commit, those that ``previous`` has not. Raises ``OSError`` or ``SegmentDamaged``."""
        known = {segment.data.segment_id: segment for segment in previous.segments} if previous else {}
        segments = []
        for record in records:
            segment = known.get(record.segment_id)
            # Documents are deleted and never come back: as many deleted means the same.
            if segment is None or segment.deleted_count != len(record.deleted):
                data = SegmentData.open(folder, record) if segment is None else segment.data
                segment = Segment(data, record.live() if record.deleted else None, len(record.deleted))
            segments.append(segment)
        return cls(segments, name, applied_change)

    def within(self, masks: Sequence[npt.NDArray[np.bool_]]) -> Snapshot:
        """Return a snapshot of the documents of the masks (a bool per document) only."""
        segments = []
        for segment, mask in zip(self.segments, masks, strict=True):
            live = mask if segment.live is None else mask & segment.live
            segments.append(Segment(segment.data, live, segment.doc_count - int(np.count_nonzero(live))))
        return BoundedSnapshot(segments, self.name, self.applied_change)

    @cached_property
    def doc_count(self) -> int:
        """Number of documents that can be found."""
        return self.doc_count_all - sum(segment.deleted_count for segment in self.segments)

    def document_frequency(self, field: str, term: str) -> int:
        """Return the number of documents with a term over all segments."""
        key = (field, term)
        frequency = self._frequencies.get(key)
        if frequency is None:
            frequency = sum(segment.data.document_frequency(field, term) for segment in self.segments)
            remember(self._frequencies, key, frequency)
        return frequency

    def live_frequency(self, field: str, term: str) -> int:
        """Return the number of documents with a term that can be found: 0 for a word that only deleted ones have."""
        return sum(segment.live_frequency(field, term) for segment in self.segments)

    def term_idf(self, field: str, term: str) -> float:
        """Return how much a term tells, which is the same in all fields: a word is not rare for being in few titles."""
        key = (field, term)
        idf = self._term_idf.get(key)
        if idf is None:
            idf = self.idf(max(self.document_frequency(name, term) for name in SAME_SIDE.get(field, (field,))))
            remember(self._term_idf, key, idf)
        return idf

    def idf(self, document_frequency: int) -> float:
        """Return the inverse document frequency: ln(1 + (N - df + 0.5) / (df + 0.5)), which is never negative.

        Robertson and Sparck Jones's weight, as Lucene's BM25 has it. More than N documents count as N.
        """
        rest = max(0, self.doc_count_all - document_frequency)
        return math.log1p((rest + 0.5) / (document_frequency + 0.5))

    def average_length(self, field: str) -> float:
        """Return the average number of terms of a field per document (1.0 for an empty field)."""
        if field not in self._average_length:
            total = sum(segment.data.field_length(field) for segment in self.segments)
            self._average_length[field] = total / self.doc_count_all if total else 1.0
        return self._average_length[field]

    def verify(self, read: Callable[[int], object] = lambda _: None) -> None:
        """Compare every segment with its checksums. Raises ``SegmentDamaged``. ``read`` hears of the bytes read."""
        for segment in self.segments:
            segment.data.verify(read)

    def find(self, document_id: str) -> tuple[Segment, int] | None:
        """Return where a document is, or None when there is none with this id."""
        for segment in self.segments:
            for doc in segment.data.docs("id", document_id).tolist():
                if segment.live is None or segment.live[doc]:
                    return segment, doc
        return None


class BoundedSnapshot(Snapshot):
    """A part of a commit, as if there were nothing else: its statistics are of the documents that can be found."""

    def __init__(self, segments: Sequence[Segment], name: str, applied_change: int) -> None:
        super().__init__(segments, name, applied_change)
        self.doc_count_all -= sum(segment.deleted_count for segment in self.segments)

    @cached_property
    def doc_count(self) -> int:
        """Number of documents that can be found."""
        return self.doc_count_all

    def document_frequency(self, field: str, term: str) -> int:
        """Return the number of documents with a term that can be found."""
        key = (field, term)
        frequency = self._frequencies.get(key)
        if frequency is None:
            frequency = self.live_frequency(field, term)
            remember(self._frequencies, key, frequency)
        return frequency

    def average_length(self, field: str) -> float:
        """Return the average number of terms of a field per document that can be found (1.0 for an empty field)."""
        if field not in self._average_length:
            total = sum(
                int(segment.data.lengths(field, np.flatnonzero(segment.live)).sum())
                for segment in self.segments
                if segment.live is not None
            )
            self._average_length[field] = total / self.doc_count_all if total else 1.0
        return self._average_length[field]
