"""One half of a field, read from its arrays: the term dictionary and the postings of a term.

The arrays are described in ``index.posting_lists``, which writes them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from functools import cached_property

import numpy as np
import numpy.typing as npt
import zstandard
from whoosh.reading import CorruptIndexError

from index.array_file import Array, ArrayFile
from index.doc_sets import BoolArray, located, runs
from index.inversion import starts_of

CACHED_TERMS = 50_000
"""Places of terms in the dictionary that are remembered; when full, the cache starts over."""

NO_DOCS: npt.NDArray[np.uint32] = np.empty(0, dtype=np.uint32)


class FieldPostings:
    """The posting lists of a field; a list is known by its start and its number of documents."""

    def __init__(self, file: ArrayFile, name: str) -> None:
        self._file = file
        self._name = name
        self.starts = self._array("starts")
        self.counts = self._array("counts")
        self.lengths = self._array("lengths")
        self._docs = self._array("docs")
        self._docs_view = memoryview(self._docs)  # reads single entries several times faster
        self._bits = self._array("dense_bits")
        self._bytes_per_set = -(-len(self.lengths) // 64) * 8
        self._dense_at = {start: number for number, start in enumerate(self._array("dense_starts").tolist())}
        self.has_frequencies = f"{name}/frequencies" in file
        self.has_positions = f"{name}/positions" in file
        if self.has_frequencies:
            self._frequencies = self._array("frequencies")
            self._frequent_at = self._array("frequent_at")
            self._frequent = self._array("frequent")
        if self.has_positions:
            self._position_starts = self._array("position_starts")
            self._positions = self._array("positions")
            self._long_docs = self._array("long_docs")

    def _array(self, name: str) -> Array:
        return self._file.array(f"{self._name}/{name}")

    @cached_property
    def total_length(self) -> int:
        """Number of tokens of all documents together; summed up once, since a segment never changes."""
        return int(self.lengths.sum(dtype=np.int64))

    def docs(self, start: int, count: int) -> Array:
        """Return the documents of a list, ascending; of a sparse one in place."""
        if start < len(self._docs) or not count:
            return self._docs[start : start + count]
        return np.flatnonzero(self._flags(start))

    def frequencies(self, start: int, count: int) -> Array:
        """Return how often the term occurs in each document; in place unless it is very frequent somewhere."""
        if not self.has_frequencies:
            return np.ones(count, dtype=np.uint8)
        frequencies = self._frequencies[start : start + count]
        if not len(self._frequent_at):
            return frequencies
        first, last = np.searchsorted(self._frequent_at, (start, start + count))
        if first == last:
            return frequencies
        frequencies = frequencies.astype(np.uint32)
        frequencies[self._frequent_at[first:last].astype(np.int64) - start] = self._frequent[first:last]
        return frequencies

    def among(self, start: int, count: int, docs: Array) -> tuple[Array, Array]:
        """Return those of ``docs`` (ascending, not empty) that are in a list, and their places in it."""
        if start < len(self._docs):
            at, there = located(docs, self._docs[start : start + count])
            return docs[there], at[there]
        found = docs[self._flags(start).take(docs)]
        return found, self._ranks(start, found)

    def holds(self, start: int, count: int, docs: Array) -> BoolArray:
        """Return which of ``docs`` (ascending, not empty) are in a list."""
        if start < len(self._docs):
            return located(docs, self._docs[start : start + count])[1]
        return self._flags(start).take(docs)

    def place_of(self, start: int, count: int, doc: int) -> int | None:
        """Return the place of one document in a list, or None; reads a few entries only."""
        if start < len(self._docs):
            at = bisect_left(self._docs_view, doc, start, start + count)
            return at - start if at < start + count and self._docs_view[at] == doc else None
        number = self._dense_at[start]
        if not int(self._bits[number * self._bytes_per_set + (doc >> 3)]) >> (doc & 7) & 1:
            return None
        return int(self._ranks(start, np.array([doc]))[0])

    def _flags(self, start: int) -> BoolArray:
        """Return a dense list as a bool per document (and some more up to a multiple of 64)."""
        return np.unpackbits(self._set(start), bitorder="little").view(np.bool_)

    def _set(self, start: int) -> Array:
        first = self._dense_at[start] * self._bytes_per_set
        return self._bits[first : first + self._bytes_per_set]

    def _ranks(self, start: int, docs: Array) -> Array:
        """Return how many documents of a dense list come before each of ``docs``."""
        words = self._set(start).view("<u8")
        before = starts_of(np.bitwise_count(words))
        at = docs >> 6
        lower = (np.uint64(1) << (docs & 63).astype(np.uint64)) - np.uint64(1)
        return before[at] + np.bitwise_count(words[at] & lower)

    def positions(self, lexeme: int, docs: Array | None) -> tuple[Array, Array, Array]:
        """Return a lexeme's documents, of all or of ``docs``, how many positions each has, and all positions."""
        start, count = int(self.starts[lexeme]), int(self.counts[lexeme])
        frequencies = self.frequencies(start, count)
        if docs is None:
            found, at = self.docs(start, count), np.arange(count)
        else:
            found, at = self.among(start, count, docs)
        wanted = frequencies[at]
        if not len(self._long_docs):
            first = int(self._position_starts[lexeme])
            if docs is None:
                return found, wanted, self._positions[first : first + int(frequencies.sum(dtype=np.int64))]
            begins = first + starts_of(frequencies)[at]
            return found, wanted, self._positions[runs(begins, wanted)]
        is_long = np.isin(self.docs(start, count), self._long_docs)
        positions = np.empty(int(wanted.sum(dtype=np.int64)), dtype=np.uint32)
        for long, starts, array in ((False, "position_starts", "positions"), (True, "long_starts", "long_positions")):
            begins = int(self._array(starts)[lexeme]) + starts_of(np.where(is_long == long, frequencies, 0))[at]
            here = is_long[at] == long
            positions[np.repeat(here, wanted)] = self._array(array)[runs(begins[here], wanted[here])]
        return found, wanted, positions

    def positions_in(self, lexeme: int, doc: int) -> Array:
        """Return a lexeme's positions in one document without reading the others'; empty when it is not there."""
        start, count = int(self.starts[lexeme]), int(self.counts[lexeme])
        at = self.place_of(start, count, doc)
        if at is None:
            return NO_DOCS
        frequencies = self.frequencies(start, count)
        before = frequencies[:at]
        array, starts = self._positions, self._position_starts
        if len(self._long_docs):
            is_long = np.isin(self.docs(start, count)[: at + 1], self._long_docs)
            if is_long[at]:
                array, starts = self._array("long_positions"), self._array("long_starts")
            before = before[is_long[:at] == is_long[at]]
        first = int(starts[lexeme]) + int(before.sum(dtype=np.int64))
        return array[first : first + int(frequencies[at])]

    def read(self, first: int, end: int) -> tuple[Array, Array, Array | None, Array | None]:
        """Return the lists of lexemes ``first`` to ``end``: counts, documents, frequencies, positions (see Postings)."""
        starts, counts = self.starts[first:end].astype(np.int64), self.counts[first:end].astype(np.int64)
        is_dense = starts >= len(self._docs)
        in_dense = np.repeat(is_dense, counts)
        docs = np.empty(len(in_dense), dtype=np.uint32)
        every = np.ones(len(in_dense), dtype=np.uint32)
        for dense, where in ((False, ~in_dense), (True, in_dense)):
            # Lists of either kind follow one another in the order of their lexemes.
            here = starts[is_dense == dense]
            total = int(counts[is_dense == dense].sum())
            if total:
                begin = int(here[0])
                every[where] = self.frequencies(begin, total)
                docs[where] = (
                    np.concatenate([np.flatnonzero(self._flags(at)) for at in here.tolist()])
                    if dense
                    else self._docs[begin : begin + total]
                )
        frequencies = every if self.has_frequencies else None
        return counts, docs, frequencies, self._all_positions(first, end, docs, every) if self.has_positions else None

    def _all_positions(self, first: int, end: int, docs: Array, frequencies: Array) -> Array:
        short = self._positions[int(self._position_starts[first]) : int(self._position_starts[end])]
        if not len(self._long_docs):
            return short
        starts = self._array("long_starts")
        in_long = np.repeat(np.isin(docs, self._long_docs), frequencies)
        every = np.empty(len(in_long), dtype=np.uint32)
        every[in_long] = self._array("long_positions")[int(starts[first]) : int(starts[end])]
        every[~in_long] = short
        return every


class ColumnarField:
    """Reads a half; terms are known by their place in the dictionary. Thread-safe: only a cache ever changes."""

    def __init__(self, file: ArrayFile, name: str, postings: FieldPostings) -> None:
        self.postings = postings
        self._terms = file.array(f"{name}.terms")
        self._offsets = file.array(f"{name}.term_offsets")
        refers = f"{name}.starts" in file
        self._starts = file.array(f"{name}.starts") if refers else postings.starts
        self._counts = file.array(f"{name}.counts") if refers else postings.counts
        self._lexemes = file.array(f"{name}.lexemes") if refers else None
        self._lexeme_starts = file.array(f"{name}.lexeme_starts") if refers else None
        self.lengths = postings.lengths
        self.has_positions = postings.has_positions
        self.has_frequencies = postings.has_frequencies
        self.term_count = len(self._offsets) - 1
        self._places: dict[bytes, int] = {}

    @property
    def total_length(self) -> int:
        """Number of tokens of all documents together."""
        return self.postings.total_length

    def term(self, place: int) -> bytes:
        """Return the term at a place in the dictionary, 0 to ``term_count`` - 1."""
        return self._terms[int(self._offsets[place]) : int(self._offsets[place + 1])].tobytes()

    def place(self, term: bytes) -> int | None:
        """Return where a term is in the dictionary, or None."""
        place = self._places.get(term)
        if place is None:
            place = self.place_from(term)
            if place == self.term_count or self.term(place) != term:
                place = -1
            if len(self._places) >= CACHED_TERMS:
                self._places.clear()
            self._places[term] = place
        return None if place < 0 else place

    def place_from(self, term: bytes) -> int:
        """Return the place of the first term that is not less than ``term``; ``term_count`` if there is none."""
        low, high = 0, self.term_count
        while low < high:
            middle = (low + high) // 2
            if self.term(middle) < term:
                low = middle + 1
            else:
                high = middle
        return low

    def terms_from(self, prefix: bytes) -> Iterator[bytes]:
        """Yield the terms that are not less than ``prefix``, in order."""
        return map(self.term, range(self.place_from(prefix), self.term_count))

    def document_frequency(self, place: int) -> int:
        """Return the number of documents with a term."""
        return int(self._counts[place])

    def docs(self, place: int) -> Array:
        """Return the documents of a term, ascending; in place unless they are many."""
        return self.postings.docs(int(self._starts[place]), int(self._counts[place]))

    def frequencies(self, place: int) -> Array:
        """Return how often a term occurs in each of its documents."""
        return self.postings.frequencies(int(self._starts[place]), int(self._counts[place]))

    def among(self, place: int, docs: Array) -> tuple[Array, Array]:
        """Return those of ``docs`` (ascending, not empty) with a term, and their places among all its documents."""
        return self.postings.among(int(self._starts[place]), int(self._counts[place]), docs)

    def holds(self, place: int, docs: Array) -> BoolArray:
        """Return which of ``docs`` (ascending, not empty) have a term."""
        return self.postings.holds(int(self._starts[place]), int(self._counts[place]), docs)

    def positions(self, place: int, docs: Array | None = None) -> tuple[Array, Array]:
        """Return a term's positions in all its documents, or in ``docs``, and where each document's begin.

        ``docs`` ascend and all have the term. The second array has one more entry than there are documents.
        """
        lexemes = self._lexemes_of(place)
        if len(lexemes) == 1:
            _, counts, positions = self.postings.positions(lexemes[0], docs)
            return positions, starts_of(counts)
        found = [self.postings.positions(lexeme, docs) for lexeme in lexemes]
        owners = np.concatenate([np.repeat(part, counts) for part, counts, _ in found]).astype(np.uint64)
        keys = owners << np.uint64(32) | np.concatenate([part for _, _, part in found]).astype(np.uint64)
        keys.sort()
        owners = keys >> np.uint64(32)
        firsts = np.flatnonzero(np.concatenate([[True], owners[1:] != owners[:-1]]))
        return (keys & np.uint64(0xFFFF_FFFF)).astype(np.uint32), np.append(firsts, len(keys))

    def positions_in(self, place: int, doc: int) -> Array:
        """Return a term's positions in one document; empty when it is not there."""
        lexemes = self._lexemes_of(place)
        found = [part for lexeme in lexemes if len(part := self.postings.positions_in(lexeme, doc))]
        if not found:
            return NO_DOCS
        return found[0] if len(found) == 1 else np.sort(np.concatenate(found))

    def _lexemes_of(self, place: int) -> list[int]:
        if self._lexemes is None or self._lexeme_starts is None:
            return [place]
        found: list[int] = self._lexemes[int(self._lexeme_starts[place]) : int(self._lexeme_starts[place + 1])].tolist()
        return found


def lexeme_keys(file: ArrayFile, name: str, halves: list[ColumnarField]) -> list[bytes]:
    """Return the keys of a field's lexemes. Raises ``CorruptIndexError``."""
    if len(halves) == 1:
        return [halves[0].term(place) for place in range(halves[0].term_count)]
    try:
        joined = zstandard.decompress(file.array(f"{name}/keys").tobytes())
    except zstandard.ZstdError as error:
        raise CorruptIndexError(f"the keys of {name} are damaged") from error
    return joined.split(b"\n") if joined else []
