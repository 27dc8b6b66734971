"""Postings as arrays: the seam between the execution of queries and how a codec stores them.

Execution asks a segment for document numbers, frequencies, positions and lengths and never sees a file. The stock
codec keeps postings in pickled blocks that are walked in Python, so what was read is kept in a bounded cache; a codec
with memory-mapped arrays replaces this module's reader and needs no cache.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt
from whoosh.reading import CorruptIndexError

IntArray = npt.NDArray[np.int32]
FloatArray = npt.NDArray[np.float64]

CACHE_BYTES = 96 * 2**20
"""Postings kept in memory per process and snapshot, in bytes."""


@dataclass(frozen=True, slots=True)
class Postings:
    """A term's documents in one segment: ``docs`` ascending (int32) and how often it occurs in each (float32)."""

    docs: IntArray
    frequencies: npt.NDArray[np.float32]


NO_POSTINGS = Postings(np.empty(0, dtype=np.int32), np.empty(0, dtype=np.float32))


class PostingsCache:
    """The most recently used postings, up to a number of bytes. Thread-safe."""

    def __init__(self, max_bytes: int = CACHE_BYTES) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._entries: OrderedDict[tuple[str, str, str], Postings] = OrderedDict()
        self._lock = Lock()

    def get(self, key: tuple[str, str, str]) -> Postings | None:
        """Return the postings of (segment, field, term), if they are still here."""
        with self._lock:
            postings = self._entries.get(key)
            if postings is not None:
                self._entries.move_to_end(key)
            return postings

    def put(self, key: tuple[str, str, str], postings: Postings) -> None:
        """Remember postings; the least recently used make room."""
        size = postings.docs.nbytes + postings.frequencies.nbytes + 200
        if size > self._max_bytes:
            return
        with self._lock:
            if key in self._entries:
                return
            self._entries[key] = postings
            self._bytes += size
            while self._bytes > self._max_bytes:
                _, oldest = self._entries.popitem(last=False)
                self._bytes -= oldest.docs.nbytes + oldest.frequencies.nbytes + 200


class SegmentPostings:
    """Reads one segment's postings through its codec. Thread-safe.

    Deletions are not this class's business: it answers for every document the segment was written with.
    """

    def __init__(self, storage: Any, schema: Any, segment: Any, cache: PostingsCache) -> None:
        codec = segment.codec()
        self._schema = schema
        self._segment_id = str(segment.segment_id())
        self._doc_count: int = segment.doc_count_all()
        self._terms = codec.terms_reader(storage, segment)
        self._per_document = codec.per_document_reader(storage, segment)
        self._automata = codec.automata(storage, segment)
        self._cache = cache
        self._lengths: dict[str, FloatArray] = {}
        # Whoosh's term tables and leaf matchers seek in a file object that all of a segment's share.
        self._lock = Lock()

    def postings(self, field: str, term: str) -> Postings:
        """Return the postings of a term; empty when it does not occur."""
        key = (self._segment_id, field, term)
        found = self._cache.get(key)
        if found is None:
            found = self._read(field, term)
            self._cache.put(key, found)
        return found

    def positions(self, field: str, term: str, docs: Iterable[int]) -> list[IntArray]:
        """Return the positions of a term in each of ``docs``, which ascend and must all contain it."""
        found = []
        with self._reading():
            matcher = self._matcher(field, term)
            for doc in docs:
                matcher.skip_to(int(doc))
                found.append(np.asarray(matcher.value_as("positions"), dtype=np.int32))
        return found

    def document_frequency(self, field: str, term: str) -> int:
        """Return the number of documents with a term."""
        with self._reading():
            if (field, term.encode()) not in self._terms:
                return 0
            return int(self._terms.doc_frequency(field, term.encode()))

    def lengths(self, field: str) -> FloatArray:
        """Return each document's number of terms in a field, as precisely as the codec keeps it (float64)."""
        with self._reading():
            if field not in self._lengths:
                length = self._per_document.doc_field_length_reader(field)
                counts = (length(doc) or 0 for doc in range(self._doc_count))
                self._lengths[field] = np.fromiter(counts, dtype=np.float64, count=self._doc_count)
            return self._lengths[field]

    def field_length(self, field: str) -> int:
        """Return the total number of terms in a field over all documents."""
        return int(self._per_document.field_length(field))

    def terms_from(self, field: str, prefix: str, limit: int) -> list[str]:
        """Return at most ``limit`` terms that start with ``prefix``, in order."""
        found: list[str] = []
        start = prefix.encode()
        with self._reading():
            for name, term in self._terms.terms_from(field, start):
                if name != field or not term.startswith(start) or len(found) == limit:
                    break
                found.append(term.decode())
        return found

    def terms_within(self, field: str, term: str, max_edits: int, prefix_chars: int) -> list[str]:
        """Return the terms within ``max_edits`` insertions, deletions and substitutions, sharing the first letters."""
        with self._reading():
            cursor = self._terms.cursor(field, self._schema[field])
            return list(self._automata.terms_within(cursor, term, max_edits, prefix_chars))

    def column(self, field: str, column: Any) -> Any | None:
        """Return the reader of a column, or None when no document of the segment has a value."""
        with self._reading():
            if not self._per_document.has_column(field):
                return None
            return self._per_document.column_reader(field, column)

    def stored(self, doc: int) -> dict[str, Any]:
        """Return the stored values of a document."""
        with self._reading():
            values: dict[str, Any] = self._per_document.stored_fields(doc)
        return values

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Hold the segment's lock; what Whoosh stumbles over when it parses damaged files is one error."""
        with self._lock:
            try:
                yield
            except (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError) as error:
                raise CorruptIndexError(f"segment {self._segment_id}: {error}") from error

    def _matcher(self, field: str, term: str) -> Any:
        return self._terms.matcher(field, term.encode(), self._schema[field].format)

    def _read(self, field: str, term: str) -> Postings:
        with self._reading():
            if (field, term.encode()) not in self._terms:
                return NO_POSTINGS
            count = self._terms.doc_frequency(field, term.encode())
            matcher = self._matcher(field, term)
            docs = np.empty(count, dtype=np.int32)
            frequencies = np.empty(count, dtype=np.float32)
            for at in range(count):
                docs[at] = matcher.id()
                frequencies[at] = matcher.weight()
                matcher.next()
        return Postings(docs, frequencies)
