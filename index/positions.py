"""Where words stand in documents, read from a field's arrays.

Positions are kept per lexeme, document after document; how many each document has is its frequency. Documents of more
than 65,535 words keep theirs apart. The arrays are described in ``index.posting_lists``, which writes them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from index.array_file import Array
from index.doc_sets import members, runs
from index.lexemes import starts_of

if TYPE_CHECKING:
    from index.columnar_field import FieldPostings

SHORT_LIST = 2_000
"""Lists of at most so many documents are read whole, all at once."""


class Positions:
    """The positions of a field. Its posting lists hold this; where they are needed, they are given to the methods."""

    def __init__(self, postings: FieldPostings) -> None:
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

    def of(self, postings: FieldPostings, lexeme: int, docs: Array | None) -> tuple[Array, Array, Array]:
        """Return a lexeme's documents, of all or of ``docs``, how many positions each has, and all positions."""
        frequencies = postings.frequencies(lexeme)
        if docs is None:
            found, at = postings.docs(lexeme), np.arange(len(frequencies))
        else:
            found, at = postings.among(lexeme, docs)
        wanted = frequencies[at]
        if not len(self._long_docs):
            first = int(self._starts[lexeme])
            if docs is None:
                return found, wanted, self._positions[first : first + int(frequencies.sum(dtype=np.int64))]
            begins = first + _sums_before(frequencies, at)
            return found, wanted, self._positions[runs(begins, wanted)]
        is_long = members(postings.docs(lexeme), self._long_docs)
        positions = np.empty(int(wanted.sum(dtype=np.int64)), dtype=np.uint32)
        for long, starts, array in self._kinds():
            here = is_long[at] == long
            begins = int(starts[lexeme]) + _sums_before(np.where(is_long == long, frequencies, 0), at)
            positions[np.repeat(here, wanted)] = array[runs(begins[here], wanted[here])]
        return found, wanted, positions

    def _kinds(self) -> list[tuple[bool, Array, Array]]:
        """Return for documents that are not long, and for long ones, where lexemes' positions begin, and positions."""
        short = (False, self._starts, self._positions)
        return [short, (True, self._long_starts, self._long_positions)] if len(self._long_docs) else [short]

    def in_few(self, postings: FieldPostings, lexemes: Array, docs: Array) -> Iterator[tuple[int, int, Array]]:
        """Yield where many lexemes stand in a few documents: number of the lexeme in ``lexemes``, document, positions.

        ``lexemes``: int64; ``docs``: int64, ascending, not empty. In no order.
        """
        counts = postings.counts[lexemes].astype(np.int64)
        is_short = (counts <= SHORT_LIST) & postings.is_sparse(lexemes)
        short = np.flatnonzero(is_short)
        if len(short):
            yield from self._in_short_lists(postings, short, lexemes[short], counts[short], docs)
        for number in np.flatnonzero(~is_short).tolist():
            found, sizes, positions = self.of(postings, int(lexemes[number]), docs)
            ends = starts_of(sizes)
            for doc, begin, end in zip(found.tolist(), ends.tolist(), ends[1:].tolist(), strict=False):
                yield number, doc, positions[begin:end]

    def _in_short_lists(
        self, postings: FieldPostings, numbers: Array, lexemes: Array, counts: Array, docs: Array
    ) -> Iterator[tuple[int, int, Array]]:
        """Yield the same of sparse lists; ``numbers`` are those of ``lexemes``, ``counts`` their documents."""
        entries, frequencies = postings.read_lists(lexemes, counts)
        is_wanted = np.zeros(postings.doc_count, dtype=bool)
        is_wanted[docs] = True
        at = np.flatnonzero(is_wanted[entries])
        firsts = starts_of(counts)
        owners = np.searchsorted(firsts, at, side="right") - 1
        in_long = np.zeros(postings.doc_count, dtype=bool)
        in_long[self._long_docs] = True
        is_long = in_long[entries]
        for long, starts, positions in self._kinds():
            before = starts_of(np.where(is_long == long, frequencies, 0))
            begins = starts[lexemes[owners]].astype(np.int64) + before[at] - before[firsts[owners]]
            here = is_long[at] == long
            found = (numbers[owners], entries[at], begins, begins + frequencies[at])
            for number, doc, begin, end in zip(*(column[here].tolist() for column in found), strict=True):
                yield number, doc, positions[begin:end]


def _sums_before(values: Array, at: Array) -> Array:
    """Return the sum of ``values`` before each place of ``at``, which ascend (int64)."""
    sums = np.add.reduceat(values, np.append(0, at), dtype=np.int64)
    if len(at) and not at[0]:
        sums[0] = 0  # what begins and ends at one place is no sum to numpy
    return np.cumsum(sums[:-1])
