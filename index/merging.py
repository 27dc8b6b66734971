"""Merging segments: which ones, and how, without analysing any text again.

Segments fall into tiers by size, each ``TIER_FACTOR`` times the one below; a full tier is merged into one segment. So
there are at most ``TIER_FACTOR - 1`` segments per tier, and a document is rewritten once per tier. A segment that is
mostly deleted is rewritten alone; one with nothing left is dropped. Segments beyond ``MAX_MERGED_DOCUMENTS`` stay as
they are, which bounds the memory and the time of a merge.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

import numpy as np

from index.array_file import Array
from index.columnar_codec import ColumnarSegment, open_segment
from index.columnar_field import ColumnarField
from index.columns import ValueColumn, read_days
from index.fields import COLUMNS
from index.inversion import Inverted, stable_order
from index.segment_file import write_segment

TIER_FACTOR = 6
SMALLEST_TIER = 100
MAX_MERGED_DOCUMENTS = 250_000


def to_merge(segments: Sequence[Any]) -> list[int]:
    """Return the places of segments that should become one; empty when all is well."""
    tiers: dict[int, list[int]] = defaultdict(list)
    for at, segment in enumerate(segments):
        live = segment.doc_count_all() - segment.deleted_count()
        if live * 2 < segment.doc_count_all():
            return [at]
        if live <= MAX_MERGED_DOCUMENTS // TIER_FACTOR:
            tiers[_tier(live)].append(at)
    return next((members for members in tiers.values() if len(members) >= TIER_FACTOR), [])


def to_consolidate(segments: Sequence[Any]) -> list[list[Any]]:
    """Return segments in groups, in order, of as many documents as may be merged."""
    groups: list[list[Any]] = []
    size = MAX_MERGED_DOCUMENTS
    for segment in segments:
        size += segment.doc_count_all()
        if size > MAX_MERGED_DOCUMENTS:
            groups.append([])
            size = segment.doc_count_all()
        groups[-1].append(segment)
    return groups


def _tier(documents: int) -> int:
    tier, limit = 0, SMALLEST_TIER
    while documents >= limit:
        tier, limit = tier + 1, limit * TIER_FACTOR
    return tier


def merge(storage: Any, segments: Sequence[Any]) -> Any | None:
    """Write the live documents of some segments as a new one and return it; None when there are none.

    Raises ``OSError`` or whoosh's ``CorruptIndexError``.
    """
    parts = [_Part(open_segment(storage, segment), segment) for segment in segments]
    base = 0
    for part in parts:
        part.renumber(base)
        base += part.live_count
    if not base:
        return None
    columns = {name: list(chain.from_iterable(part.values(name) for part in parts)) for name in ("id", *COLUMNS)}
    days = np.concatenate([read_days(part.opened.file)[part.live] for part in parts])
    fields = ((name, _merged_field(name, parts)) for name in parts[0].opened.fields)
    return write_segment(storage, base, fields, columns, days, _merged_stored(parts))


class _Part:
    """A segment that is merged: which documents live, and their new numbers."""

    def __init__(self, opened: ColumnarSegment, segment: Any) -> None:
        self.opened = opened
        self.live = np.ones(segment.doc_count_all(), dtype=bool)
        self.live[list(segment.deleted_docs())] = False
        self.live_count = int(self.live.sum())
        self.numbers = np.empty(0, dtype=np.int64)

    def renumber(self, base: int) -> None:
        """Number the live documents from ``base``."""
        self.numbers = np.cumsum(self.live) - 1 + base

    def values(self, name: str) -> Iterator[bytes]:
        """Return a column's values of the live documents."""
        column = ValueColumn(self.opened.file, name)
        values = [*map(column.value, range(column.value_count)), b""]
        return map(values.__getitem__, column.ordinals[self.live].tolist())

    def stored(self) -> Iterator[Array]:
        """Return the stored bytes of the live documents."""
        blob, offsets = self.opened.stored_blob()
        if self.live.all():
            yield blob
            return
        bounds = offsets.astype(np.int64)
        for doc in np.flatnonzero(self.live).tolist():
            yield blob[bounds[doc] : bounds[doc + 1]]


def _merged_stored(parts: Sequence[_Part]) -> tuple[Array, Array]:
    lengths = [np.diff(part.opened.stored_blob()[1].astype(np.int64))[part.live] for part in parts]
    offsets = np.concatenate([[0], np.cumsum(np.concatenate(lengths))]).astype(np.uint64)
    return np.concatenate(list(chain.from_iterable(part.stored() for part in parts))), offsets


def _merged_field(name: str, parts: Sequence[_Part]) -> Inverted:
    """Merge a field: postings of the same term in the order of the parts, which is that of document numbers."""
    fields = [(part, _live_postings(part.opened.fields[name], part)) for part in parts]
    terms = sorted(set(chain.from_iterable(field.terms for _, field in fields)))
    number_of = {term: number for number, term in enumerate(terms)}
    numbers = np.concatenate(
        [
            np.repeat(
                np.fromiter(map(number_of.__getitem__, field.terms), dtype=np.uint32, count=len(field.terms)),
                (field.starts[1:] - field.starts[:-1]).astype(np.int64),
            )
            for _, field in fields
        ]
    )
    docs = np.concatenate([field.docs for _, field in fields])
    frequencies = np.concatenate([field.frequencies for _, field in fields])
    order = stable_order(numbers, len(terms))
    counts = np.bincount(numbers, minlength=len(terms))
    # Terms whose documents were all deleted are gone.
    used = np.flatnonzero(counts)
    positions = None
    if all(field.positions is not None for _, field in fields):
        every = np.concatenate([field.positions for _, field in fields if field.positions is not None])
        positions = _reordered_runs(every, frequencies, order)
    return Inverted(
        terms=[terms[number] for number in used.tolist()],
        starts=np.concatenate([[0], np.cumsum(counts[used])]).astype(np.uint64),
        docs=docs[order],
        frequencies=frequencies[order],
        positions=positions,
        lengths=np.concatenate([field.lengths[part.live] for part, field in fields]),
        is_counted=all(field.is_counted for _, field in fields),
    )


def _live_postings(field: ColumnarField, part: _Part) -> Inverted:
    """Return a field's postings of live documents, with their new numbers."""
    whole = field.inverted()
    if part.live.all():
        return Inverted(
            whole.terms,
            whole.starts,
            part.numbers[whole.docs].astype(np.uint32),
            whole.frequencies,
            whole.positions,
            whole.lengths,
            whole.is_counted,
        )
    keep = part.live[whole.docs]
    ends = np.concatenate([[0], np.cumsum(keep)])
    positions = whole.positions
    if positions is not None:
        positions = positions[np.repeat(keep, whole.frequencies)]
    return Inverted(
        whole.terms,
        ends[whole.starts.astype(np.int64)],
        part.numbers[whole.docs[keep]].astype(np.uint32),
        whole.frequencies[keep],
        positions,
        whole.lengths,
        whole.is_counted,
    )


def _reordered_runs(values: Array, lengths: Array, order: Array) -> Array:
    """Return ``values``, which consist of runs of ``lengths``, with the runs in another order."""
    index_type = np.int32 if len(values) < 2**31 else np.int64
    starts = np.cumsum(lengths, dtype=index_type) - lengths.astype(index_type)
    new_lengths = lengths[order]
    new_starts = np.cumsum(new_lengths, dtype=index_type) - new_lengths.astype(index_type)
    sources = np.repeat(starts[order] - new_starts, new_lengths)
    sources += np.arange(len(values), dtype=index_type)
    reordered: Array = values[sources]
    return reordered
