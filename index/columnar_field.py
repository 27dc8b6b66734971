"""One field of a segment, read from its arrays: the term dictionary and the postings of a term.

The arrays are described in ``index.inversion``, which writes them.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from index.array_file import Array, ArrayFile
from index.inversion import Inverted

CACHED_TERMS = 50_000
"""Places of terms in the dictionary that are remembered; when full, the cache starts over."""

NO_DOCS: npt.NDArray[np.uint32] = np.empty(0, dtype=np.uint32)


class ColumnarField:
    """Reads a field; terms are known by their place in the dictionary. Thread-safe: only a cache ever changes."""

    def __init__(self, file: ArrayFile, name: str) -> None:
        self._file = file
        self._name = name
        self._terms = file.array(f"{name}.terms")
        self._offsets = file.array(f"{name}.term_offsets")
        self._starts = file.array(f"{name}.starts")
        self._docs = file.array(f"{name}.docs")
        self.lengths = file.array(f"{name}.lengths")
        self.is_counted = f"{name}.frequencies" in file
        self.has_positions = f"{name}.positions" in file
        self.term_count = len(self._offsets) - 1
        self._places: dict[bytes, int] = {}
        if self.is_counted:
            self._frequencies = file.array(f"{name}.frequencies")
            self._frequent_at = file.array(f"{name}.frequent_at")
            self._frequent = file.array(f"{name}.frequent")
        if self.has_positions:
            self._long_docs = file.array(f"{name}.long_docs")

    @cached_property
    def total_length(self) -> int:
        """Number of terms of all documents together; summed up once, since a segment never changes."""
        return int(self.lengths.sum(dtype=np.int64))

    def term(self, place: int) -> bytes:
        """Return the term at a place in the dictionary, 0 to ``term_count`` - 1."""
        return self._terms[int(self._offsets[place]) : int(self._offsets[place + 1])].tobytes()

    def terms(self, first: int, end: int) -> list[bytes]:
        """Return the terms at places ``first`` to ``end`` - 1."""
        bounds = self._offsets[first : end + 1].astype(np.int64)
        text = self._terms[bounds[0] : bounds[-1]].tobytes()
        return [text[start:stop] for start, stop in pairwise((bounds - bounds[0]).tolist())]

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

    def terms_of_length(self, prefix: bytes, least: int, most: int) -> list[str]:
        """Return the terms with a prefix (whose last byte is below 255) that have ``least`` to ``most`` bytes."""
        start, end = self.place_from(prefix), self.place_from(prefix[:-1] + bytes([prefix[-1] + 1]))
        offsets = self._offsets[start : end + 1].astype(np.int64)
        lengths = np.diff(offsets)
        chosen = np.flatnonzero((lengths >= least) & (lengths <= most))
        if not len(chosen):
            return []
        first = int(offsets[0])
        blob = self._terms[first : int(offsets[-1])].tobytes()
        begins, ends = (offsets[chosen] - first).tolist(), (offsets[chosen + 1] - first).tolist()
        return b"\n".join([blob[begin:end] for begin, end in zip(begins, ends, strict=True)]).decode().split("\n")

    def document_frequency(self, place: int) -> int:
        """Return the number of documents with a term."""
        return int(self._starts[place + 1]) - int(self._starts[place])

    def docs(self, place: int) -> Array:
        """Return the documents of a term, ascending, in place."""
        return self._docs[int(self._starts[place]) : int(self._starts[place + 1])]

    def frequencies(self, place: int) -> Array:
        """Return how often a term occurs in each of its documents; in place unless it is very frequent somewhere."""
        start, end = int(self._starts[place]), int(self._starts[place + 1])
        if not self.is_counted:
            return np.ones(end - start, dtype=np.uint8)
        frequencies = self._frequencies[start:end]
        if not len(self._frequent_at):
            return frequencies
        first, last = np.searchsorted(self._frequent_at, (start, end))
        if first == last:
            return frequencies
        frequencies = frequencies.astype(np.uint32)
        frequencies[self._frequent_at[first:last].astype(np.int64) - start] = self._frequent[first:last]
        return frequencies

    def inverted(self) -> Inverted:
        """Return the whole field as it was inverted, for merging."""
        frequencies = np.ones(len(self._docs), dtype=np.uint32)
        positions = None
        if self.is_counted:
            frequencies = self._frequencies.astype(np.uint32)
            frequencies[self._frequent_at.astype(np.int64)] = self._frequent
        if self.has_positions:
            positions = self._file.array(f"{self._name}.positions").astype(np.uint32)
            if len(self._long_docs):
                in_long = np.repeat(np.isin(self._docs, self._long_docs), frequencies)
                every = np.empty(len(in_long), dtype=np.uint32)
                every[in_long] = self._file.array(f"{self._name}.long_positions")
                every[~in_long] = positions
                positions = every
        terms = [self.term(place) for place in range(self.term_count)]
        return Inverted(terms, self._starts, self._docs, frequencies, positions, self.lengths, self.is_counted)

    def positions(self, place: int) -> tuple[Array, Array]:
        """Return a term's positions in all its documents one after the other, and where each document's begin.

        The second array has one more entry than there are documents.
        """
        frequencies = self.frequencies(place)
        ends = np.zeros(len(frequencies) + 1, dtype=np.int64)
        np.cumsum(frequencies, out=ends[1:])
        start = int(self._file.array(f"{self._name}.position_starts")[place])
        short = self._file.array(f"{self._name}.positions")
        is_long = np.isin(self.docs(place), self._long_docs) if len(self._long_docs) else None
        if is_long is None or not is_long.any():
            return short[start : start + int(ends[-1])], ends
        in_long = np.repeat(is_long, frequencies)
        positions = np.empty(int(ends[-1]), dtype=np.uint32)
        long_count = int(in_long.sum())
        long_start = int(self._file.array(f"{self._name}.long_starts")[place])
        positions[in_long] = self._file.array(f"{self._name}.long_positions")[long_start : long_start + long_count]
        positions[~in_long] = short[start : start + len(positions) - long_count]
        return positions, ends

    def positions_at(self, place: int, at: int) -> Array:
        """Return a term's positions in the document at ``at`` of its documents, without reading the others'."""
        frequencies = self.frequencies(place)
        before = int(frequencies[:at].sum(dtype=np.int64))
        array, starts = "positions", "position_starts"
        if len(self._long_docs):
            # Few documents are long: look these up among the others rather than the other way round.
            docs = self.docs(place)
            places = np.searchsorted(docs[:at], self._long_docs)
            places = places[docs[places] == self._long_docs]
            in_long = int(frequencies[places[places < at]].sum(dtype=np.int64))
            if at in places:
                array, starts, before = "long_positions", "long_starts", in_long
            else:
                before -= in_long
        start = int(self._file.array(f"{self._name}.{starts}")[place]) + before
        positions: Array = self._file.array(f"{self._name}.{array}")[start : start + int(frequencies[at])]
        return positions
