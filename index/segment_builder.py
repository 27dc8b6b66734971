"""Documents in, a segment out: analysis once per surface form, then inversion of all documents at once."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

import numpy as np

from analyzers import clean_pages
from analyzers.bulk import bulk_surfaces
from index.array_file import Array, pack_strings
from index.compression import Compressor
from index.documents import Document
from index.errors import DocumentRejected
from index.fields import COLUMNS, EXACT_FIELDS, TEXT_FIELDS, VALUE_GAP, TextField, exact_term
from index.inversion import Postings, Tokens, invert
from index.lexemes import Side
from index.segment_file import sides_of, write_segment
from index.stored_text import pack_document, split_blocks
from index.surface_forms import FormRejected, SurfaceForms


class _TextTokens:
    """A text field's tokens so far, as numbers of surface forms."""

    def __init__(self) -> None:
        self.forms = array("i")
        self.counts = array("i")
        self.docs = array("i")
        self.first_positions = array("i")

    def add(self, doc: int, first_position: int, forms: list[int]) -> int:
        """Add a run of words at consecutive positions; return how many there are."""
        if forms:
            self.forms.fromlist(forms)
            self.docs.append(doc)
            self.first_positions.append(first_position)
            self.counts.append(len(forms))
        return len(forms)

    def form_numbers(self) -> Array:
        """Return the form of each token (int32)."""
        return _as_array(self.forms)

    def doc_numbers(self) -> Array:
        """Return the document of each token (int32)."""
        return np.repeat(_as_array(self.docs), _as_array(self.counts))

    def positions(self) -> Array:
        """Return the position of each token (int32)."""
        counts = _as_array(self.counts)
        ends = np.cumsum(counts, dtype=np.int32)
        positions = np.arange(len(self.forms), dtype=np.int32)
        positions -= np.repeat(ends - counts - _as_array(self.first_positions), counts)
        return positions


class _SpanningTerms:
    """A field's terms that span several tokens, and their documents."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._terms = array("i")
        self._docs = array("i")

    def add(self, doc: int, terms: list[str]) -> None:
        self._terms.extend(self._numbers.setdefault(term, len(self._numbers)) for term in terms)
        self._docs.extend([doc] * len(terms))

    def tokens(self) -> Tokens:
        side, lexemes = Side.of_terms(list(self._numbers), _as_array(self._terms))
        return Tokens([side], lexemes, _as_array(self._docs), None)


def _as_array(values: array[int]) -> Array:
    return np.frombuffer(values, dtype=np.int32) if values else np.empty(0, dtype=np.int32)


class SegmentBuilder:
    """Collects documents and writes them as one segment. Not thread-safe; use once.

    ``forms`` may have been used for other segments before. ``dictionary``: what stored texts are compressed with.
    """

    def __init__(self, forms: SurfaceForms, dictionary: bytes = b"") -> None:
        self._forms = forms
        self._compressor = Compressor(dictionary)
        self._text = {field.name: _TextTokens() for field in TEXT_FIELDS}
        self._spanning = {field.name: _SpanningTerms() for field in TEXT_FIELDS if field.span_name}
        self._exact: dict[str, tuple[dict[str, int], list[int], list[int]]] = {
            name: ({}, [], []) for name in EXACT_FIELDS
        }
        self._columns: dict[str, list[bytes]] = {name: [] for name in COLUMNS}
        self._ids: list[bytes] = []
        self._days: list[int] = []
        self._unpacked: list[tuple[Document, list[list[str]], list[list[int]]]] = []

    @property
    def doc_count(self) -> int:
        """Number of documents so far."""
        return len(self._ids)

    @property
    def token_count(self) -> int:
        """Number of words of all texts so far: what the memory needed depends on."""
        return len(self._text["text"].forms)

    def add(self, document: Document) -> None:
        """Add a document. Raises ``DocumentRejected``; then nothing of it is added."""
        try:
            self._add(document)
        except Exception as error:  # analysis is meant to be total; if not, one document must not stop all others
            raise DocumentRejected(document.id, f"{type(error).__name__}: {error}") from error

    def _add(self, document: Document) -> None:
        number = self._forms.number
        pages = [split_blocks(page) for page in clean_pages(document.pages)]
        block_forms = [[list(map(number, bulk_surfaces(block))) for block in page] for page in pages]
        field_forms = {
            field.name: [list(map(number, bulk_surfaces(text))) for text in _texts(field, document)]
            for field in TEXT_FIELDS
            if field.name != "text"
        }
        spanning = {
            field.name: self._spanning_stems(map("".join, pages) if field.name == "text" else _texts(field, document))
            for field in TEXT_FIELDS
            if field.span_name
        }
        block_words = [list(map(len, forms)) for forms in block_forms]
        columns = {name: value_of(document) for name, value_of in COLUMNS.items()}
        document_id = document.id.encode()
        # Nothing below fails.
        self._unpacked.append((document, pages, block_words))
        doc = len(self._ids)
        self._ids.append(document_id)
        self._days.append(document.date.toordinal() if document.date else 0)
        for name, value in columns.items():
            self._columns[name].append(value)
        for name, (numbers, docs, terms) in self._exact.items():
            if term := exact_term(name, document):
                docs.append(doc)
                terms.append(numbers.setdefault(term, len(numbers)))
        for name, stems in spanning.items():
            self._spanning[name].add(doc, stems)
        position = 0
        for forms in chain.from_iterable(block_forms):
            position += self._text["text"].add(doc, position, forms)
        for name, runs in field_forms.items():
            position = 0
            for forms in runs:
                position += self._text[name].add(doc, position, forms) + VALUE_GAP

    def _spanning_stems(self, texts: Iterable[str]) -> list[str]:
        return list(chain.from_iterable(map(self._forms.analysis.spanning_stems, texts)))

    def write(self, storage: Any) -> Any:
        """Write the segment into ``storage`` and return it as Whoosh knows it; at least one document is needed.

        Raises ``DocumentRejected`` when analysis fails on a word, or a document cannot be stored.
        """
        try:
            self._forms.analyze()
        except FormRejected as error:
            raise self._rejected(error) from error
        columns = {"id": self._ids, **self._columns}
        days = np.array(self._days, dtype=np.int32)
        stored = pack_strings(list(map(self._packed, self._unpacked)))
        self._unpacked.clear()
        return write_segment(storage, self._postings(), columns, days, stored, self._compressor.dictionary)

    def _packed(self, unpacked: tuple[Document, list[list[str]], list[list[int]]]) -> bytes:
        """Pack one document. All are packed in one go: alternating with analysis would take twice as long."""
        document, pages, block_words = unpacked
        try:
            return pack_document(document.metadata(), pages, block_words, self._compressor)
        except Exception as error:  # as in ``add``
            raise DocumentRejected(document.id, f"{type(error).__name__}: {error}") from error

    def _postings(self) -> Iterator[tuple[str, Postings]]:
        for name, (terms, term_docs, term_numbers) in self._exact.items():
            side, lexemes = Side.of_terms(list(terms), np.array(term_numbers, dtype=np.int32))
            docs = np.array(term_docs, dtype=np.int32)
            yield name, invert(Tokens([side], lexemes, docs, None, counted=False), self.doc_count)
        for field in TEXT_FIELDS:
            text = self._text[field.name]
            sides, lexemes = self._forms.sides(text.form_numbers(), len(sides_of(field.name)))
            yield field.name, invert(Tokens(sides, lexemes, text.doc_numbers(), text.positions()), self.doc_count)
            if field.span_name:
                yield field.span_name, invert(self._spanning[field.name].tokens(), self.doc_count)

    def _rejected(self, error: FormRejected) -> DocumentRejected:
        """Tell which document has the word that cannot be analysed."""
        doc = min(
            int(text.doc_numbers()[at[0]])
            for text in self._text.values()
            if len(at := np.flatnonzero(text.form_numbers() == error.number))
        )
        return DocumentRejected(self._ids[doc].decode(), f"{type(error.__cause__).__name__}: {error.__cause__}")


def _texts(field: TextField, document: Document) -> Iterable[str]:
    """Return the texts of a field other than the pages, each once."""
    return dict.fromkeys(text for text in field.values(document) if text)
