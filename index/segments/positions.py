"""Where words stand in documents, read from a field's arrays.

Positions are kept per lexeme, document after document; how many each document has is its frequency. Documents of more
than 65,535 words keep theirs apart. The arrays are described in ``index.segments.posting_lists``, which writes them.
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple, Protocol

import numpy as np

from index.segments.array_file import Array
from index.segments.doc_sets import BoolArray, members, runs
from index.segments.lexemes import starts_of

POSITION_BITS = 32
"""Bits of a position where it is joined to the number of its document."""

POSITION_MASK = (1 << POSITION_BITS) - 1

SHORT_LIST = 2_000
"""Lists of at most so many documents are read whole, all at once."""


class PostingLists(Protocol):
    """What positions need of the posting lists that they belong to (``columnar_field.FieldPostings``)."""

    doc_count: int
    counts: Array

    def array(self, name: str) -> Array: ...
    def docs(self, number: int) -> Array: ...
    def frequencies(self, number: int) -> Array: ...
    def among(self, number: int, docs: Array) -> tuple[Array, Array]: ...
    def is_sparse(self, lexemes: Array) -> BoolArray: ...
    def read_lists(self, lexemes: Array, counts: Array) -> tuple[Array, Array]: ...


class Occurrences(NamedTuple):
    """Where words stand: rows of one lexeme and one document each, and the positions of all rows one after the other.

    ``numbers``: of the lexemes, as they were asked for; ``docs``; ``counts``: positions of each row.
    """

    numbers: Array
    docs: Array
    counts: Array
    positions: Array

    def keys(self) -> Array:
        """Return each position with its document: document << ``POSITION_BITS`` | position (int64), in this order."""
        keys = np.repeat(self.docs.astype(np.int64) << POSITION_BITS, self.counts)
        keys |= self.positions
        return keys


class Positions:
    """The positions of a field. Its posting lists hold this; where they are needed, they are given to the methods."""

    def __init__(self, postings: PostingLists) -> None:
        self._doc_count = postings.doc_count
        self._starts = postings.array("position_starts")
        self._positions = postings.array("positions")
        self._long_docs = postings.array("long_docs")
        if len(self._long_docs):
            self._long_starts = postings.array("long_starts")
            self._long_positions = postings.array("long_positions")

    def every(self, first: int, end: int, docs: Array, frequencies: Array) -> Array:
        """Return the positions of lexemes ``first`` to ``end``, whose documents and frequencies these are."""
        short = self._positions[int(self._starts[first]) : int(self._starts[end])]
        if not len(self._long_docs):
            return short
        in_long = np.repeat(np.isin(docs, self._long_docs), frequencies)
        every = np.empty(len(in_long), dtype=np.uint32)
        every[in_long] = self._long_positions[int(self._long_starts[first]) : int(self._long_starts[end])]
        every[~in_long] = short
        return every

    def among(self, postings: PostingLists, lexemes: Array, docs: Array) -> Occurrences:
        """Return where many lexemes stand in some documents, in no order.

        ``lexemes``: int64, not empty; ``docs``: int64, ascending, not empty.
        """
        counts = postings.counts[lexemes].astype(np.int64)
        is_short = (counts <= SHORT_LIST) & postings.is_sparse(lexemes)
        short = np.flatnonzero(is_short)
        parts = self._in_short_lists(postings, short, lexemes[short], counts[short], docs) if len(short) else []
        for number in np.flatnonzero(~is_short).tolist():
            parts += self._in_long_list(postings, number, int(lexemes[number]), docs)
        return parts[0] if len(parts) == 1 else Occurrences(*map(np.concatenate, zip(*parts, strict=True)))

    def _in_short_lists(
        self, postings: PostingLists, numbers: Array, lexemes: Array, counts: Array, docs: Array
    ) -> list[Occurrences]:
        """Return the same for sparse lists; ``numbers`` are those of ``lexemes``, ``counts`` their documents."""
        entries, frequencies = postings.read_lists(lexemes, counts)
        is_wanted = np.zeros(postings.doc_count, dtype=bool)
        is_wanted[docs] = True
        every_at = np.flatnonzero(is_wanted[entries])
        firsts = starts_of(counts)
        is_long = self._is_long[entries]
        parts = []
        for long, starts, positions in self._kinds(docs):
            is_here = is_long == long
            before = starts_of(frequencies * is_here)
            at = every_at[is_here[every_at]]
            owners = firsts.searchsorted(at, side="right") - 1
            begins = starts[lexemes[owners]].astype(np.int64) + before[at] - before[firsts[owners]]
            sizes = frequencies[at]
            parts.append(Occurrences(numbers[owners], entries[at], sizes, positions[runs(begins, sizes)]))
        return parts

    def _in_long_list(self, postings: PostingLists, number: int, lexeme: int, docs: Array) -> list[Occurrences]:
        """Return the same for one lexeme, whose number is ``number``."""
        frequencies = postings.frequencies(lexeme)
        every_found, every_at = postings.among(lexeme, docs)
        of_long = members(postings.docs(lexeme), self._long_docs) if len(self._long_docs) else None
        parts = []
        for long, starts, positions in self._kinds(docs):
            is_here = self._is_long[every_found] == long
            found, at = every_found[is_here], every_at[is_here]
            counted = frequencies if of_long is None else np.where(of_long == long, frequencies, 0)
            begins = int(starts[lexeme]) + _sums_before(counted, at)
            sizes = frequencies[at].astype(np.int64)
            numbers = np.full(len(found), number, dtype=np.int64)
            parts.append(Occurrences(numbers, found, sizes, positions[runs(begins, sizes)]))
        return parts

    @cached_property
    def _is_long(self) -> BoolArray:
        """For each document whether its positions are kept apart."""
        is_long = np.zeros(self._doc_count, dtype=bool)
        is_long[self._long_docs] = True
        return is_long

    def _kinds(self, docs: Array) -> list[tuple[bool, Array, Array]]:
        """Return for documents that are not long, and for long ones if any of ``docs`` is, where positions are."""
        kinds = [(False, self._starts, self._positions)]
        if self._is_long[docs].any():
            kinds.append((True, self._long_starts, self._long_positions))
        return kinds


def _sums_before(values: Array, at: Array) -> Array:
    """Return the sum of ``values`` before each place of ``at``, which ascend (int64)."""
    sums = np.add.reduceat(values, np.append(0, at), dtype=np.int64)
    if len(at) and not at[0]:
        sums[0] = 0  # what begins and ends at one place is no sum to numpy
    return np.cumsum(sums[:-1])
