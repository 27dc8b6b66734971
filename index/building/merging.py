"""Merging segments into one, without analysing any text again.

A field's lexemes are taken a part at a time, in order; the lists of each are put one behind the other in the order of
the segments, which is that of the new document numbers. Terms and united lists are made anew from the lexemes. What is
in memory is one field's arrays, narrow, and a part's worth of working space.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, pairwise
from pathlib import Path

import numpy as np

from index.query.fields import COLUMNS
from index.segments.array_file import Array, narrowed
from index.segments.columnar_segment import ColumnarSegment
from index.segments.columns import ValueColumn, read_days
from index.segments.compression import Compressor, trained
from index.segments.doc_sets import runs
from index.segments.lexemes import merged, starts_of
from index.segments.posting_lists import Postings
from index.segments.record import SegmentRecord
from index.segments.segment_file import write_segment
from index.segments.sorting import stable_order
from index.segments.stored_text import pieces, repacked

MERGED_AT_ONCE = 1_000_000
"""Postings that are merged at a time; with their positions about 100 bytes each."""

MIN_TRAINED_BYTES = 4_000_000
"""Stored documents of this size together are worth a dictionary."""

_TRAINING_DOCUMENTS = 2_000


def merge(folder: Path, target: Path, segments: Sequence[SegmentRecord]) -> SegmentRecord | None:
    """Write the live documents of segments in ``folder`` as a new one into ``target`` and return it; None if none.

    Raises ``OSError`` or ``SegmentDamaged``.
    """
    parts = [_Part(ColumnarSegment(folder / segment.file_name), segment) for segment in segments]
    base = 0
    for part in parts:
        part.opened.file.verify()  # or damage would be given a valid checksum
        part.numbers += base
        base += part.live_count
    if not base:
        return None
    columns = {name: list(chain.from_iterable(part.values(name) for part in parts)) for name in ("id", *COLUMNS)}
    days = np.concatenate([read_days(part.opened.file)[part.live] for part in parts])
    fields = ((name, _merged_field(name, parts)) for name in parts[0].opened.sides)
    stored, dictionary = _merged_stored(parts)
    return write_segment(target, fields, columns, days, stored, dictionary)


class _Part:
    """A segment that is merged: which documents live, and the new number of each."""

    def __init__(self, opened: ColumnarSegment, segment: SegmentRecord) -> None:
        self.opened = opened
        self.live = segment.live()
        self.live_count = int(self.live.sum())
        self.numbers = np.cumsum(self.live) - 1

    def values(self, name: str) -> Iterator[bytes]:
        """Return a column's values of the live documents."""
        column = ValueColumn(self.opened.file, name)
        values = [*map(column.value, range(column.value_count)), b""]
        return map(values.__getitem__, column.ordinals[self.live].tolist())

    def lists(self, name: str, first: int, end: int) -> tuple[Array, Array, Array | None, Array | None]:
        """Return the lists of some lexemes like ``FieldPostings.read``, of live documents by their new numbers."""
        postings = self.opened.fields[self.opened.sides[name][0]].postings
        counts, docs, frequencies, positions = postings.read(first, end)
        if self.live_count == len(self.live):
            return counts, (docs + self.numbers[0]).astype(np.uint32), frequencies, positions
        keep = self.live[docs]
        ends = starts_of(keep)
        counts = np.diff(ends[starts_of(counts)])
        if positions is not None and frequencies is not None:
            positions = positions[np.repeat(keep, frequencies)]
        docs = self.numbers[docs[keep]].astype(np.uint32)
        return counts, docs, None if frequencies is None else frequencies[keep], positions

    def stored(self, compressor: Compressor) -> Iterator[bytes | Array]:
        """Return the stored live documents, as bytes of any number of them."""
        blob, offsets = self.opened.stored_blob()
        if self.opened.dictionary != compressor.dictionary:
            for doc in np.flatnonzero(self.live).tolist():
                yield repacked(self.opened.stored_bytes(doc), self.opened.decompressor, compressor)
        elif self.live_count == len(self.live):
            yield from (blob[begin:end] for begin, end in zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True))
        else:
            for doc in np.flatnonzero(self.live).tolist():
                yield self.opened.stored_bytes(doc)


def _merged_stored(parts: Sequence[_Part]) -> tuple[tuple[Array, Array], bytes]:
    """Return the stored documents and their dictionary: that of the largest part, so that most are only copied."""
    largest = max(parts, key=lambda part: len(part.opened.stored_blob()[0]))
    dictionary = largest.opened.dictionary
    if not dictionary and sum(len(part.opened.stored_blob()[0]) for part in parts) >= MIN_TRAINED_BYTES:
        dictionary = trained(_samples(parts))
    compressor = Compressor(dictionary)
    lengths: list[int] = []
    packed = bytearray()
    for document in chain.from_iterable(part.stored(compressor) for part in parts):
        lengths.append(len(document))
        packed += document if isinstance(document, bytes) else document.data
    return (np.frombuffer(packed, dtype=np.uint8), starts_of(np.array(lengths)).astype(np.uint64)), dictionary


def _samples(parts: Sequence[_Part]) -> Iterator[bytes]:
    documents = [(part, doc) for part in parts for doc in np.flatnonzero(part.live).tolist()]
    for part, doc in documents[:: max(1, len(documents) // _TRAINING_DOCUMENTS)]:
        yield from pieces(part.opened.stored_bytes(doc), part.opened.decompressor)


def _merged_field(name: str, parts: Sequence[_Part]) -> Postings:
    """Merge a field: lists of the same lexeme in the order of the parts."""
    fields = [[part.opened.fields[side] for side in part.opened.sides[name]] for part in parts]
    sides, numbers = merged([[field.side() for field in of_part] for of_part in fields])
    # The lexemes of a word may be in another order in each part, so only whole words are merged at a time.
    words = sides[0].numbers
    words_of_parts = [words[own] for own in numbers]
    sizes = sum(
        np.bincount(own, of_part[0].postings.counts[: len(own)], len(sides[0].terms))
        for own, of_part in zip(words_of_parts, fields, strict=True)
    )
    bounds = [0, *(np.flatnonzero(np.diff(np.cumsum(sizes) // MERGED_AT_ONCE)) + 1).tolist(), len(sides[0].terms)]
    lists_of_parts = []
    for first, end in pairwise(bounds):
        lexemes = np.searchsorted(words, (first, end)).tolist()
        own_ranges = [np.searchsorted(own, (first, end)).tolist() for own in words_of_parts]
        lists_of_parts.append(_merged_lists(name, parts, numbers, own_ranges, *lexemes))
    counts = np.concatenate([piece[0] for piece in lists_of_parts])
    used = np.flatnonzero(counts)  # lexemes whose documents were all deleted are gone
    return Postings(
        sides=sides if len(used) == len(counts) else [side.chosen(used) for side in sides],
        starts=starts_of(counts[used]),
        docs=np.concatenate([piece[1] for piece in lists_of_parts]),
        frequencies=_joined([piece[2] for piece in lists_of_parts]),
        positions=_joined([piece[3] for piece in lists_of_parts]),
        lengths=np.concatenate(
            [of_part[0].lengths[part.live] for part, of_part in zip(parts, fields, strict=True)]
        ).astype(np.uint32),
    )


def _merged_lists(
    name: str,
    parts: Sequence[_Part],
    numbers: Sequence[Array],
    own_ranges: Sequence[Sequence[int]],
    first: int,
    end: int,
) -> tuple[Array, Array, Array | None, Array | None]:
    """Return the merged lists of lexemes ``first`` to ``end``: counts, documents, frequencies, positions.

    ``own_ranges``: which lexemes of each part these are, as ``numbers`` tells in any order.
    """
    owners, counts, docs, frequencies, positions = [], [], [], [], []
    for part, own, (begin, stop) in zip(parts, numbers, own_ranges, strict=True):
        lists = part.lists(name, begin, stop)
        owners.append(own[begin:stop] - first)
        counts.append(lists[0])
        docs.append(lists[1])
        frequencies.append(lists[2])
        positions.append(lists[3])
    owner, count = np.concatenate(owners), np.concatenate(counts)
    order = stable_order(owner)
    starts = starts_of(count)
    at = runs(starts[:-1][order], count[order])
    every_frequency, every_position = _joined(frequencies), _joined(positions)
    if every_position is not None and every_frequency is not None:
        token_starts = starts_of(every_frequency)[starts]
        every_position = every_position[runs(token_starts[:-1][order], np.diff(token_starts)[order])]
    totals = np.bincount(owner, weights=count, minlength=end - first).astype(np.int64)
    merged = None if every_frequency is None else narrowed(every_frequency[at])
    return totals, np.concatenate(docs)[at], merged, every_position


def _joined(arrays: Sequence[Array | None]) -> Array | None:
    present = [array for array in arrays if array is not None]
    return np.concatenate(present) if present else None
