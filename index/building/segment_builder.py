"""Documents in, a segment out: analysis once per surface form, then inversion of all documents at once."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from analyzers import GermanAnalysis, clean_pages
from index.building.inversion import Tokens, invert
from index.building.surface_forms import SurfaceForms
from index.contract import Document, Rejection
from index.query.fields import COLUMNS, EXACT_FIELDS, TEXT_FIELD, TEXT_FIELDS, VALUE_GAP, TextField, exact_term
from index.segments.array_file import Array, pack_strings
from index.segments.compression import Compressor
from index.segments.lexemes import Side
from index.segments.posting_lists import Postings
from index.segments.record import SegmentRecord
from index.segments.segment_file import sides_of, write_segment
from index.segments.stored_text import pack_document, split_blocks

_Made = TypeVar("_Made")


class _Runs:
    """A text field's words so far, as numbers of surface forms: runs of words at consecutive positions."""

    def __init__(self, gap: int) -> None:
        self._gap = gap
        self._forms: list[Array] = []
        self._counts: list[Array] = []
        self._docs: list[Array] = []
        self._firsts: list[Array] = []
        self.token_count = 0

    def add(self, docs: Array, forms: Array, counts: Array) -> None:
        """Add runs: the document (ascending) and the number of words of each, and the forms of all words.

        A document's first run begins at position 0, the next ones ``gap`` positions after the one before.
        """
        ends = np.cumsum(counts + self._gap)
        firsts = ends - counts - self._gap
        is_first = np.ones(len(docs), dtype=bool)
        is_first[1:] = docs[1:] != docs[:-1]
        starts = np.flatnonzero(is_first)
        firsts -= np.repeat(firsts[starts], np.diff(starts, append=len(docs)))
        for collected, values in zip(
            (self._forms, self._counts, self._docs, self._firsts), (forms, counts, docs, firsts), strict=True
        ):
            collected.append(values.astype(np.int32, copy=False))
        self.token_count += len(forms)

    def forms(self) -> Array:
        """Return the form of each token (int32)."""
        return _joined(self._forms)

    def docs(self) -> Array:
        """Return the document of each token (int32)."""
        return np.repeat(_joined(self._docs), _joined(self._counts))

    def positions(self) -> Array:
        """Return the position of each token (int32)."""
        counts = _joined(self._counts)
        ends = np.cumsum(counts, dtype=np.int32)
        positions = np.arange(self.token_count, dtype=np.int32)
        positions -= np.repeat(ends - counts - _joined(self._firsts), counts)
        return positions


class _SpanningTerms:
    """A field's terms that span several tokens, and their documents."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._terms = array("i")
        self._docs = array("i")

    def add(self, doc: int, terms: Sequence[str]) -> None:
        self._terms.extend(self._numbers.setdefault(term, len(self._numbers)) for term in terms)
        self._docs.extend([doc] * len(terms))

    def tokens(self, analysis: GermanAnalysis) -> Tokens:
        side, lexemes = Side.of_terms(*_numbered(map(analysis.stem, self._numbers)))
        return Tokens([side], lexemes[_as_array(self._terms)], _as_array(self._docs), None)


def _numbered(strings: Iterable[str]) -> tuple[list[str], Array]:
    """Return the distinct strings, and which of them each is."""
    number_of: dict[str, int] = {}
    numbers = [number_of.setdefault(one, len(number_of)) for one in strings]
    return list(number_of), np.array(numbers, dtype=np.int64)


def _as_array(values: array[int]) -> Array:
    return np.frombuffer(values, dtype=np.int32) if values else np.empty(0, dtype=np.int32)


def _joined(arrays: Sequence[Array]) -> Array:
    return np.concatenate(arrays) if arrays else np.empty(0, dtype=np.int32)


class SegmentBuilder:
    """Collects documents and writes them as one segment. Not thread-safe; use once.

    ``forms`` may have been used for other segments before. ``dictionary``: what stored texts are compressed with.
    Documents that cannot be added are left out: ``rejected`` names all of them when the segment is written.
    """

    def __init__(self, forms: SurfaceForms, dictionary: bytes = b"") -> None:
        self._forms = forms
        self._compressor = Compressor(dictionary)
        self._runs = {field.name: _Runs(0 if field.name == "text" else VALUE_GAP) for field in TEXT_FIELDS}
        self._spanning = {field.name: _SpanningTerms() for field in TEXT_FIELDS if field.span_name}
        self._exact: dict[str, tuple[dict[str, int], list[int], list[int]]] = {
            name: ({}, [], []) for name in EXACT_FIELDS
        }
        self._columns: dict[str, list[bytes]] = {name: [] for name in COLUMNS}
        self._ids: list[bytes] = []
        self._days: list[int] = []
        self._stored: list[bytes] = []
        self.rejected: list[Rejection] = []
        # Documents whose fault was found when others had numbers already; they are deleted from the beginning.
        self._left_out: set[int] = set()

    @property
    def doc_count(self) -> int:
        """Number of documents so far."""
        return len(self._ids)

    @property
    def token_count(self) -> int:
        """Number of words of all texts so far: what the memory needed depends on."""
        return self._runs["text"].token_count

    def add(self, documents: Sequence[Document]) -> None:
        """Add documents.

        Each step is done for all of them before the next: alternating would take half as long again.
        """
        first = len(self._ids)
        tried = [(document, self._tried(_blocks, document)) for document in documents]
        added = [
            (document, blocks)
            for document, blocks in tried
            if blocks is not None and self._tried(self._add_values, document) is not None
        ]
        counts = iter(self._add_words(first, [document for document, _ in added], [blocks for _, blocks in added]))
        for doc, (document, blocks) in enumerate(added, start=first):
            if self._tried(self._add_spanning, document, doc, blocks) is None:
                self._left_out.add(doc)
        for doc, (document, blocks) in enumerate(added, start=first):
            block_words = [list(islice(counts, len(page))) for page in blocks]
            packed = b"" if doc in self._left_out else self._tried(self._packed, document, blocks, block_words)
            if packed is None:
                self._left_out.add(doc)
            self._stored.append(packed or b"")

    def _tried(self, step: Callable[..., _Made], document: Document, *arguments: Any) -> _Made | None:
        """Do something with a document and return what came of it; None: it failed, the document is rejected.

        Analysis is meant to be total; if it is not, one document must not stop all others.
        """
        try:
            return step(document, *arguments)
        except MemoryError:
            raise
        except Exception as error:
            self.rejected.append(Rejection(document.id, _reason(error)))
            return None

    def _add_values(self, document: Document) -> int:
        """Add what is no text, all of it or nothing; return the document's number."""
        document_id, day = document.id.encode(), document.date.toordinal() if document.date else 0
        values = {name: value_of(document) for name, value_of in COLUMNS.items()}
        exact_terms = {name: exact_term(name, document) for name in self._exact}
        for field in TEXT_FIELDS:
            if field.name != "text":
                "".join(_texts(field, document))  # whatever is no text is found here, not when all are read at once
        doc = len(self._ids)
        self._ids.append(document_id)
        self._days.append(day)
        for name, value in values.items():
            self._columns[name].append(value)
        for name, (numbers, docs, terms) in self._exact.items():
            if term := exact_terms[name]:
                docs.append(doc)
                terms.append(numbers.setdefault(term, len(numbers)))
        return doc

    def _add_words(self, first: int, documents: Sequence[Document], pages: Sequence[list[list[str]]]) -> list[int]:
        """Add the words of all fields; return how many there are in each block of the pages."""
        block_counts: list[int] = []
        for field in TEXT_FIELDS:
            if field.name == "text":
                texts = [list(chain.from_iterable(blocks)) for blocks in pages]
            else:
                texts = [_texts(field, document) for document in documents]
            forms, counts = self._forms.words.number(list(chain.from_iterable(texts)))
            docs = np.repeat(np.arange(first, first + len(texts), dtype=np.int32), list(map(len, texts)))
            self._runs[field.name].add(docs, forms, counts)
            if field.name == "text":
                block_counts = counts.tolist()
        return block_counts

    def _add_spanning(self, document: Document, doc: int, blocks: list[list[str]]) -> bool:
        for name, spanning in self._spanning.items():
            texts = map("".join, blocks) if name == "text" else _texts(TEXT_FIELD[name], document)
            spanning.add(doc, list(chain.from_iterable(map(self._forms.analysis.spanning_terms, texts))))
        return True

    def _packed(self, document: Document, blocks: list[list[str]], block_words: list[list[int]]) -> bytes:
        return pack_document(document.metadata(), blocks, block_words, self._compressor)

    def write(self, folder: Path, *, durable: bool = False) -> SegmentRecord:
        """Write the segment into ``folder``; at least one document is needed.

        Raises ``OSError``.
        """
        self._forms.analyze()
        if self._forms.failures:
            self._leave_out_failed()
        columns = {"id": self._ids, **self._columns}
        days = np.array(self._days, dtype=np.int32)
        stored = pack_strings(self._stored)
        self._stored.clear()
        dictionary = self._compressor.dictionary
        record = write_segment(folder, self._postings(), columns, days, stored, dictionary, durable=durable)
        return record.without(self._left_out)

    def _postings(self) -> Iterator[tuple[str, Postings]]:
        for name, (terms, term_docs, term_numbers) in self._exact.items():
            side, lexemes = Side.of_terms(list(terms), np.array(term_numbers, dtype=np.int32))
            docs = np.array(term_docs, dtype=np.int32)
            yield name, invert(Tokens([side], lexemes, docs, None, counted=False), self.doc_count)
        for field in TEXT_FIELDS:
            runs = self._runs[field.name]
            sides, lexemes = self._forms.sides(runs.forms(), len(sides_of(field.name)))
            yield field.name, invert(Tokens(sides, lexemes, runs.docs(), runs.positions()), self.doc_count)
            if field.span_name:
                yield field.span_name, invert(self._spanning[field.name].tokens(self._forms.analysis), self.doc_count)

    def _leave_out_failed(self) -> None:
        """Reject the documents that have a word which cannot be analysed."""
        failed = np.fromiter(self._forms.failures, dtype=np.int32)
        for runs in self._runs.values():
            forms, docs = runs.forms(), runs.docs()
            for at in np.flatnonzero(np.isin(forms, failed)).tolist():
                doc = int(docs[at])
                if doc not in self._left_out:
                    self._left_out.add(doc)
                    reason = _reason(self._forms.failures[int(forms[at])])
                    self.rejected.append(Rejection(self._ids[doc].decode(), reason))


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _blocks(document: Document) -> list[list[str]]:
    """Return the document's cleaned pages in blocks."""
    return [split_blocks(page) for page in clean_pages(document.pages)]


def _texts(field: TextField, document: Document) -> list[str]:
    """Return the texts of a field other than the pages, each once."""
    return list(dict.fromkeys(filter(None, field.values(document))))
