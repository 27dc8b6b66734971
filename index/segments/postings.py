"""What execution asks of a segment: documents, frequencies, positions, lengths, columns, stored values.

The seam between queries and the codec. Arrays are handed out in place: they are parts of a mapped file, shared by all
processes, and must not be changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cached_property
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rapidfuzz import process
from rapidfuzz.distance import OSA

from index.query.days import last_plausible_day
from index.query.fields import COLUMNS, split_column_value
from index.segments.array_file import Array
from index.segments.columnar_field import NO_DOCS, ColumnarField
from index.segments.columnar_segment import ColumnarSegment
from index.segments.columns import ValueColumn, read_days
from index.segments.damage import SegmentDamaged, damage_reported
from index.segments.mask_cache import MaskCache
from index.segments.positions import POSITION_BITS, POSITION_MASK
from index.segments.record import SegmentRecord
from index.segments.stored_text import PackedDocument

FloatArray = npt.NDArray[Any]
IntArray = npt.NDArray[Any]


class SegmentData:
    """An open segment. Never changes, knows nothing of deletions, and is safe to use from any thread."""

    def __init__(self, segment_id: str, doc_count: int, opened: ColumnarSegment) -> None:
        self.segment_id = segment_id
        self.doc_count = doc_count
        self._opened = opened
        file = opened.file
        self.ids = ValueColumn(file, "id")
        self.days = read_days(file)
        self.columns = {name: ValueColumn(file, name) for name in COLUMNS}
        self.masks = MaskCache(doc_count)
        self._latest_day = int(self.days.max(initial=0))
        self._plausible_days: tuple[int, IntArray] = (0, self.days)
        self._facet_values: dict[str, list[tuple[str, ...]]] = {}
        for name, array in (("id", self.ids.ordinals), ("days", self.days)):
            if len(array) != doc_count:
                raise SegmentDamaged(f"column {name} of {segment_id} has {len(array)} of {doc_count} documents")

    @classmethod
    def open(cls, folder: Path, segment: SegmentRecord) -> SegmentData:
        """Open a segment's file. Raises ``OSError`` or ``SegmentDamaged``."""
        return cls(segment.segment_id, segment.doc_count, ColumnarSegment(folder / segment.file_name))

    @property
    def days_for_order(self) -> IntArray:
        """The day of each document (int32) as far as order goes: 0 for doubtful ones too."""
        last = last_plausible_day().toordinal()
        if self._latest_day <= last:
            return self.days
        until, days = self._plausible_days
        if until != last:  # it is another day than when this was asked last
            days = np.where(self.days <= last, self.days, 0)
            self._plausible_days = last, days
        return days

    @cached_property
    def moments(self) -> FloatArray:
        """When each document was stored, in seconds since 1970; 0 if that is not known."""
        column = self.columns["indexed_at"]
        known = [datetime.fromisoformat(column.value(at).decode()).timestamp() for at in range(column.value_count)]
        moments: FloatArray = np.array([*known, 0.0])[column.ordinals]
        return moments

    @property
    def size_bytes(self) -> int:
        """Size of the segment's file."""
        return self._opened.file.size

    def facet_values(self, column: str) -> list[tuple[str, ...]]:
        """Return the facet values that each ordinal of a column stands for."""
        if column not in self._facet_values:
            read = self.columns[column]
            self._facet_values[column] = [
                split_column_value(column, read.value(ordinal)) for ordinal in range(read.value_count)
            ]
        return self._facet_values[column]

    def find(self, field: str, term: str) -> tuple[ColumnarField, int] | None:
        """Return a term's field and place in its dictionary, or None when it does not occur."""
        found = self._opened.fields[field]
        place = found.place(term.encode())
        return None if place is None else (found, place)

    def docs(self, field: str, term: str) -> Array:
        """Return the documents with a term, ascending; empty when it does not occur."""
        found = self.find(field, term)
        return found[0].docs(found[1]) if found else NO_DOCS

    def terms_of_length(self, field: str, beginning: str, least: int, most: int) -> list[str]:
        """Return a field's terms that begin with an ASCII ``beginning`` and have ``least`` to ``most`` bytes."""
        return self._opened.fields[field].terms_of_length(beginning.encode(), least, most)

    def most_frequent(self, field: str, beginning: str, limit: int) -> list[tuple[str, int]]:
        """Return at most ``limit`` terms with a beginning, those in most documents, and how many these are."""
        found = self._opened.fields[field].most_frequent(beginning.encode(), limit)
        return [(term.decode(), count) for term, count in found]

    def occurrences(self, field: str, term: str, docs: Array) -> Array:
        """Return where a term stands in ``docs``: document << ``POSITION_BITS`` | position, ascending (int64).

        ``docs`` (int64) ascend and are not empty; some document contains the term.
        """
        place = self._opened.fields[field].place(term.encode())
        assert place is not None
        return self._opened.fields[field].occurrences(place, docs)

    def occurrences_of_any(self, field: str, terms: Iterable[str], docs: Array) -> Array:
        """Return where any of some terms stand in ``docs`` (int64, ascending, not empty), as ``occurrences`` does."""
        found = [self.occurrences(field, term, docs) for term in terms if self.find(field, term) is not None]
        return found[0] if len(found) == 1 else np.unique(np.concatenate([np.empty(0, dtype=np.int64), *found]))

    def text_positions(
        self, terms: Iterable[tuple[str, str]], docs: Iterable[int]
    ) -> dict[int, tuple[list[int], list[int]]]:
        """Return where terms of the text, given with the side to look them up in, stand in a few documents.

        For each of ``docs``: ascending positions, and of which of the terms each is as a bit set.
        """
        bits: dict[int, int] = {}
        for number, (side, term) in enumerate(terms):
            if (place := self.find(side, term)) is not None:
                for lexeme in place[0].lexemes_of(place[1]):
                    bits[lexeme] = bits.get(lexeme, 0) | 1 << number
        wanted = np.array(sorted(docs), dtype=np.int64)
        if not bits or not len(wanted):
            return {doc: ([], []) for doc in wanted.tolist()}
        postings = self._opened.fields["text"].postings
        assert postings.positions is not None
        found = postings.positions.among(postings, np.fromiter(bits, dtype=np.int64), wanted)
        keys = found.keys()
        order = keys.argsort()
        keys = keys[order]
        bounds = [*keys.searchsorted(wanted << POSITION_BITS).tolist(), len(keys)]
        positions = (keys & POSITION_MASK).tolist()
        bits_of = list(bits.values())
        terms_at = [bits_of[number] for number in np.repeat(found.numbers, found.counts)[order].tolist()]
        return {
            doc: (positions[begin:end], terms_at[begin:end])
            for doc, (begin, end) in zip(wanted.tolist(), pairwise(bounds), strict=True)
        }

    def document_frequency(self, field: str, term: str) -> int:
        """Return the number of documents with a term."""
        found = self.find(field, term)
        return found[0].document_frequency(found[1]) if found else 0

    def field_length(self, field: str) -> int:
        """Return the total number of terms in a field over all documents."""
        return self._opened.fields[field].total_length

    def lengths(self, field: str, docs: Array) -> Array:
        """Return how many terms some documents have in a field."""
        return self._opened.fields[field].lengths.take(docs)

    def terms_from(self, field: str, prefix: str, limit: int) -> list[str]:
        """Return at most ``limit`` terms that start with ``prefix``, in order."""
        start = prefix.encode()
        terms = self._opened.fields[field].terms_from(start)
        found = []
        for term in islice(terms, limit):
            if not term.startswith(start):
                break
            found.append(term.decode())
        return found

    def terms_within(self, field: str, term: str, max_edits: int, prefix_chars: int) -> list[str]:
        """Return the terms within ``max_edits`` typing errors of ``term`` that share its first letters.

        A letter too many, missing or wrong is one error, and so are two swapped letters (optimal string alignment).
        """
        prefix = term[:prefix_chars]
        fields = self._opened.fields[field]
        # One letter has up to four bytes.
        candidates = fields.terms_of_length(prefix.encode(), len(term) - max_edits, 4 * (len(term) + max_edits))
        near = process.extract(term, candidates, scorer=OSA.distance, score_cutoff=max_edits, limit=None)
        return [other for other, _, _ in near]

    def stored(self, doc: int) -> PackedDocument:
        """Return a stored document."""
        with damage_reported(self.segment_id):
            return self._opened.stored(doc)

    def verify(self, read: Callable[[int], object] = lambda _: None) -> None:
        """Compare the whole file with its checksums. Raises ``SegmentDamaged``. ``read`` hears of the bytes read."""
        self._opened.file.verify(read)
