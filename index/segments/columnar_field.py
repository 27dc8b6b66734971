"""One side of a field, read from its arrays: the term dictionary and the postings of a term.

The arrays are described in ``index.segments.posting_lists``, which writes them.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from index.segments.array_file import Array, ArrayFile
from index.segments.doc_sets import BoolArray, located, runs
from index.segments.lexemes import Side, starts_of
from index.segments.positions import POSITION_BITS, POSITION_MASK, Positions
from index.segments.posting_lists import BLOCK_DOCS, MAX_FREQUENCY
from index.segments.remembering import remember
from index.segments.sorting import sorted_rows

NO_DOCS: npt.NDArray[np.uint32] = np.empty(0, dtype=np.uint32)


class FieldPostings:
    """The posting lists of a field: one per lexeme, by its number, then those that unite several lexemes'.

    ``starts``: where each list is in the frequencies; ``counts``: its documents; ``splits``: how many of these are
    below each multiple of ``BLOCK_DOCS``.
    """

    def __init__(self, file: ArrayFile, name: str) -> None:
        self._file = file
        self._name = name
        self.starts, self.counts, self.splits = map(self.array, ("starts", "counts", "splits"))
        self._united = self.array("united")
        self._united_starts = self.array("united_starts")
        self.lexeme_count = len(self.counts) - (len(self._united_starts) - 1)
        self.lengths = self.array("lengths")
        self.doc_count = len(self.lengths)
        self._lower = self.array("docs")
        self._split_count = max(0, len(self.lengths) - 1) // BLOCK_DOCS
        self._bits = self.array("dense_bits")
        self._bytes_per_set = -(-len(self.lengths) // 64) * 8
        self._dense_at = {start: number for number, start in enumerate(self.array("dense_starts").tolist())}
        self.has_frequencies = f"{name}/frequencies" in file
        if self.has_frequencies:
            self._frequencies = self.array("frequencies")
            self._frequent_at = self.array("frequent_at")
            self._frequent = self.array("frequent")
        self.positions = Positions(self) if f"{name}/positions" in file else None

    def array(self, name: str) -> Array:
        """Return one of the field's arrays."""
        return self._file.array(f"{self._name}/{name}")

    def lexemes_of(self, number: int) -> list[int]:
        """Return the lexemes whose lists a list unites; a lexeme's own list: itself."""
        united = number - self.lexeme_count
        if united < 0:
            return [number]
        lexemes: list[int] = self._united[
            int(self._united_starts[united]) : int(self._united_starts[united + 1])
        ].tolist()
        return lexemes

    def united_lexemes(self) -> tuple[Array, Array]:
        """Return the lexemes of all united lists, one list after the other, and where each list's begin (one more)."""
        return self._united.astype(np.int64), self._united_starts.astype(np.int64)

    @cached_property
    def total_length(self) -> int:
        """Number of tokens of all documents together; summed up once, since a segment never changes."""
        return int(self.lengths.sum(dtype=np.int64))

    def docs(self, number: int) -> Array:
        """Return the documents of a list, ascending."""
        start, count = int(self.starts[number]), int(self.counts[number])
        if start >= len(self._lower) and count:
            return np.flatnonzero(self._flags(start))
        return self._sparse_docs(number, start, count)

    def _sparse_docs(self, number: int, start: int, count: int) -> Array:
        lower = self._lower[start : start + count]
        if not self._split_count:
            return lower
        docs = lower.astype(np.intp)
        for split in self._splits(number):
            docs[split:] += BLOCK_DOCS
        return docs

    def _splits(self, number: int) -> list[int]:
        first = number * self._split_count
        splits: list[int] = self.splits[first : first + self._split_count].tolist()
        return splits

    def frequencies(self, number: int) -> Array:
        """Return how often the term occurs in each document; in place unless it is very frequent somewhere."""
        count = int(self.counts[number])
        if not self.has_frequencies:
            return np.ones(count, dtype=np.uint8)
        return self._frequencies_at(int(self.starts[number]), count)

    def _frequencies_at(self, start: int, count: int) -> Array:
        frequencies = self._frequencies[start : start + count]
        if not len(self._frequent_at):
            return frequencies
        first, last = self._frequent_at.searchsorted((start, start + count))
        if first == last:
            return frequencies
        frequencies = frequencies.astype(np.uint32)
        frequencies[self._frequent_at[first:last].astype(np.int64) - start] = self._frequent[first:last]
        return frequencies

    def among(self, number: int, docs: Array) -> tuple[Array, Array]:
        """Return those of ``docs`` (ascending, not empty) that are in a list, and their places in it."""
        start, count = int(self.starts[number]), int(self.counts[number])
        if start < len(self._lower):
            at, there = located(docs, self._sparse_docs(number, start, count))
            return docs[there], at[there]
        found = docs[self._flags(start).take(docs)]
        return found, self._ranks(start, found)

    def holds(self, number: int, docs: Array) -> BoolArray:
        """Return which of ``docs`` (ascending, not empty) are in a list."""
        start, count = int(self.starts[number]), int(self.counts[number])
        if start < len(self._lower):
            return located(docs, self._sparse_docs(number, start, count))[1]
        there: BoolArray = self._flags(start).take(docs)
        return there

    def is_sparse(self, lexemes: Array) -> BoolArray:
        """Return which of some lexemes have sparse lists."""
        sparse: BoolArray = self.starts[lexemes] < len(self._lower)
        return sparse

    def read_lists(self, lexemes: Array, counts: Array) -> tuple[Array, Array]:
        """Return the documents and frequencies (int64) of the sparse lists of some lexemes, one after the other."""
        at = runs(self.starts[lexemes], counts)
        docs = self._lower[at].astype(np.int64)
        if self._split_count:
            splits = self.splits.reshape(-1, self._split_count)[lexemes]
            docs += _blocks(counts, splits)
        frequencies = self._frequencies[at].astype(np.int64)
        if len(self._frequent_at):
            capped = np.flatnonzero(frequencies == MAX_FREQUENCY)
            places = np.minimum(np.searchsorted(self._frequent_at, at[capped]), len(self._frequent_at) - 1)
            is_frequent = self._frequent_at[places] == at[capped]
            frequencies[capped[is_frequent]] = self._frequent[places[is_frequent]]
        return docs, frequencies

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
        ranks: Array = before[at] + np.bitwise_count(words[at] & lower)
        return ranks

    def read(self, first: int, end: int) -> tuple[Array, Array, Array | None, Array | None]:
        """Return counts, documents, frequencies, positions (see ``Postings``) of lexemes ``first`` to ``end``."""
        starts = self.starts[first:end].astype(np.int64)
        counts = self.counts[first:end].astype(np.int64)
        is_dense = starts >= len(self._lower)
        in_dense = np.repeat(is_dense, counts)
        docs = np.empty(len(in_dense), dtype=np.uint32)
        frequencies = np.ones(len(in_dense), dtype=np.uint32)
        # Lists of either kind follow one another in the order of their lexemes.
        if sparse_count := len(in_dense) - int(in_dense.sum()):
            begin = int(starts[~is_dense][0])
            docs[~in_dense] = self._lower[begin : begin + sparse_count]
            if self._split_count:
                splits = self.splits[first * self._split_count : end * self._split_count]
                docs[~in_dense] += _blocks(counts[~is_dense], splits.reshape(-1, self._split_count)[~is_dense])
            if self.has_frequencies:
                frequencies[~in_dense] = self._frequencies_at(begin, sparse_count)
        if is_dense.any():
            begin = int(starts[is_dense][0])
            docs[in_dense] = np.concatenate([np.flatnonzero(self._flags(at)) for at in starts[is_dense].tolist()])
            if self.has_frequencies:
                frequencies[in_dense] = self._frequencies_at(begin, len(in_dense) - sparse_count)
        positions = None if self.positions is None else self.positions.every(first, end, docs, frequencies)
        return counts, docs, frequencies if self.has_frequencies else None, positions


def _blocks(counts: Array, splits: Array) -> Array:
    """Return the first document of the block of each entry of lists, given their splits as rows (uint32)."""
    bounds = np.concatenate([np.zeros((len(counts), 1), dtype=np.int64), splits, counts[:, np.newaxis]], axis=1)
    first_docs = np.arange(bounds.shape[1] - 1, dtype=np.uint32) * np.uint32(BLOCK_DOCS)
    return np.repeat(np.tile(first_docs, len(counts)), np.diff(bounds, axis=1).reshape(-1))


class ColumnarField:
    """Reads a side; terms are known by their place in the dictionary. Thread-safe: only a cache ever changes."""

    def __init__(self, file: ArrayFile, name: str, postings: FieldPostings) -> None:
        self.postings = postings
        self._terms = file.array(f"{name}.terms")
        self._offsets = file.array(f"{name}.term_offsets")
        self._list_of_term = file.array(f"{name}.lists") if f"{name}.lists" in file else None
        self.lengths = postings.lengths
        self.has_positions = postings.positions is not None
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
            remember(self._places, term, place)
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

    def _range(self, prefix: bytes) -> tuple[int, int]:
        """Return the places of the first term with a prefix, and of the first one after them."""
        if not prefix:
            return 0, self.term_count
        return self.place_from(prefix), self.place_from(prefix[:-1] + bytes([prefix[-1] + 1]))

    def terms_of_length(self, prefix: bytes, least: int, most: int) -> list[str]:
        """Return the terms with a prefix that have ``least`` to ``most`` bytes."""
        start, end = self._range(prefix)
        offsets = self._offsets[start : end + 1].astype(np.int64)
        lengths = np.diff(offsets)
        chosen = np.flatnonzero((lengths >= least) & (lengths <= most))
        if not len(chosen):
            return []
        first = int(offsets[0])
        blob = self._terms[first : int(offsets[-1])].tobytes()
        begins, ends = (offsets[chosen] - first).tolist(), (offsets[chosen + 1] - first).tolist()
        return b"\n".join([blob[begin:end] for begin, end in zip(begins, ends, strict=True)]).decode().split("\n")

    def most_frequent(self, prefix: bytes, limit: int) -> list[tuple[bytes, int]]:
        """Return at most ``limit`` terms with a prefix, those in most documents, and how many these are."""
        start, end = self._range(prefix)
        lists = slice(start, end) if self._list_of_term is None else self._list_of_term[start:end]
        counts = self.postings.counts[lists]
        chosen = np.argsort(counts, kind="stable")[-limit:]
        return [(self.term(start + place), int(counts[place])) for place in chosen.tolist()]

    def document_frequency(self, place: int) -> int:
        """Return the number of documents with a term."""
        return int(self.postings.counts[self._list(place)])

    def docs(self, place: int) -> Array:
        """Return the documents of a term, ascending."""
        return self.postings.docs(self._list(place))

    def frequencies(self, place: int) -> Array:
        """Return how often a term occurs in each of its documents."""
        return self.postings.frequencies(self._list(place))

    def among(self, place: int, docs: Array) -> tuple[Array, Array]:
        """Return those of ``docs`` (ascending, not empty) with a term, and their places among all its documents."""
        return self.postings.among(self._list(place), docs)

    def holds(self, place: int, docs: Array) -> BoolArray:
        """Return which of ``docs`` (ascending, not empty) have a term."""
        return self.postings.holds(self._list(place), docs)

    def occurrences(self, place: int, docs: Array) -> Array:
        """Return where a term stands in ``docs``: document << ``POSITION_BITS`` | position, ascending (int64).

        ``docs``: int64, ascending, not empty.
        """
        assert self.postings.positions is not None
        lexemes = np.array(self.lexemes_of(place), dtype=np.int64)
        keys = self.postings.positions.among(self.postings, lexemes, docs).keys()
        keys.sort()
        return keys

    def positions(self, place: int) -> tuple[Array, Array]:
        """Return a term's positions in all its documents, and where each document's begin (one more)."""
        keys = self.occurrences(place, self.docs(place).astype(np.int64))
        firsts = np.flatnonzero(np.diff(keys >> POSITION_BITS, prepend=-1))
        return (keys & POSITION_MASK).astype(np.uint32), np.append(firsts, len(keys))

    def lexemes_of(self, place: int) -> list[int]:
        """Return the lexemes of a term."""
        return self.postings.lexemes_of(self._list(place))

    def _list(self, place: int) -> int:
        return place if self._list_of_term is None else int(self._list_of_term[place])

    def side(self) -> Side:
        """Return which terms each lexeme has, for merging."""
        blob, offsets = self._terms.tobytes(), self._offsets.tolist()
        terms = [blob[begin:end] for begin, end in pairwise(offsets)]
        count = self.postings.lexeme_count
        lists = np.arange(len(terms)) if self._list_of_term is None else self._list_of_term.astype(np.int64)
        united, united_starts = self.postings.united_lexemes()
        places = np.flatnonzero(lists >= count)
        per_place = np.diff(united_starts)[lists[places] - count]
        own = np.flatnonzero(lists < count)
        lexemes = np.concatenate([lists[own], united[runs(united_starts[lists[places] - count], per_place)]])
        numbers = np.concatenate([own, np.repeat(places, per_place)])
        _, numbers = sorted_rows(lexemes, numbers)
        return Side(terms, numbers, starts_of(np.bincount(lexemes, minlength=count)))
