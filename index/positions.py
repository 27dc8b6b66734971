"""Where words stand in documents, read from a field's arrays.

Positions are kept per lexeme, document after document; how many each document has is its frequency. Documents of more
than 65,535 words keep theirs apart. The arrays are described in ``index.posting_lists``, which writes them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from index.array_file import Array
from index.doc_sets import BoolArray, members, runs
from index.inversion import starts_of

if TYPE_CHECKING:
    from index.columnar_field import FieldPostings

SHORT_LIST = 2_000
"""Lists of at most so many documents are read whole, all at once."""


class Positions:
    """The positions of a field."""

    def __init__(self, postings: FieldPostings) -> None:
        self._postings = postings
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

    def of(self, lexeme: int, docs: Array | None) -> tuple[Array, Array, Array]:
        """Return a lexeme's documents, of all or of ``docs``, how many positions each has, and all positions."""
        postings = self._postings
        frequencies = postings.frequencies(postings.lexemes, lexeme)
        if docs is None:
            found, at = postings.docs(postings.lexemes, lexeme), np.arange(len(frequencies))
        else:
            found, at = postings.among(postings.lexemes, lexeme, docs)
        wanted = frequencies[at]
        if not len(self._long_docs):
            first = int(self._starts[lexeme])
            if docs is None:
                return found, wanted, self._positions[first : first + int(frequencies.sum(dtype=np.int64))]
            begins = first + starts_of(frequencies)[at]
            return found, wanted, self._positions[runs(begins, wanted)]
        is_long = members(postings.docs(postings.lexemes, lexeme), self._long_docs)
        positions = np.empty(int(wanted.sum(dtype=np.int64)), dtype=np.uint32)
        for long, starts, array in (
            (False, self._starts, self._positions),
            (True, self._long_starts, self._long_positions),
        ):
            begins = int(starts[lexeme]) + starts_of(np.where(is_long == long, frequencies, 0))[at]
            here = is_long[at] == long
            positions[np.repeat(here, wanted)] = array[runs(begins[here], wanted[here])]
        return found, wanted, positions

    def in_few(self, lexemes: Array, docs: Array) -> Iterator[tuple[int, int, Array]]:
        """Yield where many lexemes stand in a few documents: number of the lexeme in ``lexemes``, document, positions.

        ``lexemes``: int64; ``docs``: int64, ascending, not empty. In no order.
        """
        postings = self._postings
        counts = postings.lexemes.counts[lexemes].astype(np.int64)
        is_short = (counts <= SHORT_LIST) & postings.is_sparse(lexemes)
        short = np.flatnonzero(is_short)
        if len(short):
            yield from self._in_short_lists(short, lexemes[short], counts[short], docs)
        for number in np.flatnonzero(~is_short).tolist():
            lexeme = int(lexemes[number])
            found, at = postings.among(postings.lexemes, lexeme, docs)
            if len(found):
                frequencies = postings.frequencies(postings.lexemes, lexeme)[: at[-1] + 1]
                is_long = None
                if len(self._long_docs):
                    is_long = members(postings.docs(postings.lexemes, lexeme)[: at[-1] + 1], self._long_docs)
                numbers = np.full(len(found), number)
                yield from self._cut(numbers, np.full(len(found), lexeme), found, frequencies, at, is_long, [0])

    def _in_short_lists(
        self, numbers: Array, lexemes: Array, counts: Array, docs: Array
    ) -> Iterator[tuple[int, int, Array]]:
        entries, frequencies = self._postings.read_lists(lexemes, counts)
        is_wanted = np.zeros(self._postings.doc_count, dtype=bool)
        is_wanted[docs] = True
        at = np.flatnonzero(is_wanted[entries])
        if not len(at):
            return
        firsts = starts_of(counts)
        owners = np.searchsorted(firsts, at, side="right") - 1
        is_long = None
        if len(self._long_docs):
            in_long = np.zeros(self._postings.doc_count, dtype=bool)
            in_long[self._long_docs] = True
            is_long = in_long[entries]
        yield from self._cut(numbers[owners], lexemes[owners], entries[at], frequencies, at, is_long, firsts[owners])

    def _cut(
        self,
        numbers: Array,
        lexemes: Array,
        docs: Array,
        frequencies: Array,
        at: Array,
        is_long: BoolArray | None,
        list_starts: Array | list[int],
    ) -> Iterator[tuple[int, int, Array]]:
        """Yield the positions of entries ``at`` of lists that begin at ``list_starts``."""
        counts = frequencies[at].tolist()
        before = starts_of(frequencies if is_long is None else np.where(is_long, 0, frequencies))
        begins = (self._starts[lexemes].astype(np.int64) + before[at] - before[list_starts]).tolist()
        pairs = zip(numbers.tolist(), docs.tolist(), begins, counts, strict=True)
        if is_long is None:
            for number, doc, begin, count in pairs:
                yield number, doc, self._positions[begin : begin + count]
            return
        before = starts_of(np.where(is_long, frequencies, 0))
        long_begins = (self._long_starts[lexemes].astype(np.int64) + before[at] - before[list_starts]).tolist()
        for (number, doc, begin, count), long, long_begin in zip(pairs, is_long[at].tolist(), long_begins, strict=True):
            if long:
                yield number, doc, self._long_positions[long_begin : long_begin + count]
            else:
                yield number, doc, self._positions[begin : begin + count]
