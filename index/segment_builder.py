"""Documents in, a segment out: analysis once per surface form, then inversion of all documents at once."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import chain
from pickle import HIGHEST_PROTOCOL, dumps
from typing import Any

import numpy as np

from analyzers import GermanAnalysis, clean_pages, surfaces
from index.array_file import Array, pack_strings
from index.documents import Document
from index.fields import (
    COLUMNS,
    EXACT_FIELDS,
    TEXT_FIELDS,
    VALUE_GAP,
    TextField,
    exact_term,
    stored_values,
)
from index.inversion import Inverted, Tokens, invert
from index.segment_file import write_segment
from index.stored_text import pack_text, split_blocks


class FormTable(dict[str, int]):
    """Numbers surface forms in the order they are first seen."""

    def __missing__(self, surface: str) -> int:
        number = self[surface] = len(self)
        return number


class _TextTokens:
    """A text field's tokens so far, as numbers of surface forms."""

    def __init__(self) -> None:
        self.forms = array("i")
        self.counts = array("i")
        self.docs = array("i")
        self.first_positions = array("i")

    def add(self, doc: int, first_position: int, forms: Iterable[int]) -> int:
        """Add a run of words at consecutive positions; return how many there are."""
        before = len(self.forms)
        self.forms.extend(forms)
        count = len(self.forms) - before
        if count:
            self.docs.append(doc)
            self.first_positions.append(first_position)
            self.counts.append(count)
        return count

    def arrays(self) -> tuple[Array, Array, Array]:
        """Return form, document and position of each token."""
        counts = _as_array(self.counts)
        ends = np.cumsum(counts, dtype=np.int32)
        positions = np.arange(len(self.forms), dtype=np.int32)
        positions -= np.repeat(ends - counts - _as_array(self.first_positions), counts)
        return _as_array(self.forms), np.repeat(_as_array(self.docs), counts), positions


class _SpanningTerms:
    """A field's terms that span several tokens, and their documents."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._terms = array("i")
        self._docs = array("i")

    def add(self, doc: int, found: Iterable[list[str]]) -> None:
        for terms in found:
            self._terms.extend(self._numbers.setdefault(term, len(self._numbers)) for term in terms)
            self._docs.extend([doc] * len(terms))

    def tokens(self) -> Tokens:
        return Tokens([term.encode() for term in self._numbers], _as_array(self._terms), _as_array(self._docs), None)


def _as_array(values: array[int]) -> Array:
    return np.frombuffer(values, dtype=np.int32) if values else np.empty(0, dtype=np.int32)


class SegmentBuilder:
    """Collects documents and writes them as one segment. Not thread-safe; use once."""

    def __init__(self, analysis: GermanAnalysis) -> None:
        self._analysis = analysis
        self._forms = FormTable()
        self._text = {field.name: _TextTokens() for field in TEXT_FIELDS}
        self._spanning = {field.name: _SpanningTerms() for field in TEXT_FIELDS if field.span_name}
        self._exact: dict[str, tuple[dict[str, int], list[int], list[int]]] = {
            name: ({}, [], []) for name in EXACT_FIELDS
        }
        self._columns: dict[str, list[bytes]] = {name: [] for name in COLUMNS}
        self._ids: list[bytes] = []
        self._days: list[int] = []
        self._stored: list[bytes] = []

    @property
    def doc_count(self) -> int:
        """Number of documents so far."""
        return len(self._ids)

    @property
    def token_count(self) -> int:
        """Number of words of all texts so far: what the memory needed depends on."""
        return len(self._text["text"].forms)

    def add(self, document: Document) -> None:
        """Add a document. When analysis fails, nothing of it is added."""
        number = self._forms.__getitem__
        pages = [split_blocks(page) for page in clean_pages(document.pages)]
        block_forms = [[list(map(number, surfaces(block))) for block in page] for page in pages]
        field_forms = {
            field.name: [list(map(number, surfaces(text))) for text in _texts(field, document)]
            for field in TEXT_FIELDS
            if field.name != "text"
        }
        stored = stored_values(document) | pack_text(pages, [list(map(len, forms)) for forms in block_forms])
        self._stored.append(dumps(stored, HIGHEST_PROTOCOL))
        doc = len(self._ids)
        self._ids.append(document.id.encode())
        self._days.append(document.date.toordinal() if document.date else 0)
        for name, value_of in COLUMNS.items():
            self._columns[name].append(value_of(document))
        for name, (numbers, docs, terms) in self._exact.items():
            if term := exact_term(name, document):
                docs.append(doc)
                terms.append(numbers.setdefault(term, len(numbers)))
        for field in TEXT_FIELDS:
            if field.span_name:
                texts = map("".join, pages) if field.name == "text" else _texts(field, document)
                self._spanning[field.name].add(doc, map(self._analysis.spanning_stems, texts))
        position = 0
        for forms in chain.from_iterable(block_forms):
            position += self._text["text"].add(doc, position, forms)
        for name, runs in field_forms.items():
            position = 0
            for forms in runs:
                position += self._text[name].add(doc, position, forms) + VALUE_GAP

    def write(self, storage: Any) -> Any:
        """Write the segment into ``storage`` and return it as Whoosh knows it; at least one document is needed."""
        columns = {"id": self._ids, **self._columns}
        days = np.array(self._days, dtype=np.int32)
        return write_segment(storage, self.doc_count, self._inverted(), columns, days, pack_strings(self._stored))

    def _inverted(self) -> Iterator[tuple[str, Inverted]]:
        for name, (numbers, docs, terms) in self._exact.items():
            encoded = [term.encode() for term in numbers]
            tokens = Tokens(encoded, np.array(terms, dtype=np.int64), np.array(docs, dtype=np.int64), None, False)
            yield name, invert(tokens, self.doc_count)
        words, stems = self._terms_of_forms()
        for field in TEXT_FIELDS:
            forms, docs_of_tokens, positions = self._text[field.name].arrays()
            for name, (numbers_of_forms, terms_of_forms) in _halves(field, words, stems):
                tokens = Tokens(terms_of_forms, numbers_of_forms[forms], docs_of_tokens, positions)
                yield name, invert(used(tokens), self.doc_count)
            if field.part_name:
                parts = self._parts(forms, docs_of_tokens, positions)
                yield field.part_name, invert(used(parts), self.doc_count)
            if field.span_name:
                yield field.span_name, invert(self._spanning[field.name].tokens(), self.doc_count)

    def _parts(self, forms: Array, docs: Array, positions: Array) -> Tokens:
        """Return the parts of a field's words, where these are."""
        starts, parts, terms = self._parts_of_forms
        counts = np.diff(starts)[forms]
        ends = np.cumsum(counts)
        at = np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts[forms] - (ends - counts), counts)
        return Tokens(terms, parts[at], np.repeat(docs, counts), np.repeat(positions, counts))

    @cached_property
    def _parts_of_forms(self) -> tuple[Array, Array, list[bytes]]:
        """Return where each form's parts begin, the parts' numbers, and the terms by number."""
        numbers: dict[str, int] = {}
        found = [self._analysis.form(surface).parts for surface in self._forms]
        starts = np.concatenate([[0], np.cumsum(list(map(len, found)), dtype=np.int64)]).astype(np.int64)
        parts = [numbers.setdefault(part, len(numbers)) for part in chain.from_iterable(found)]
        return starts, np.array(parts, dtype=np.int32), [term.encode() for term in numbers]

    def _terms_of_forms(self) -> tuple[tuple[Array, list[bytes]], tuple[Array, list[bytes]]]:
        """Return for words and for stems: the number of each surface form's term, and the terms by number."""
        results = []
        pairs = [self._analysis.form(surface) for surface in self._forms]
        for half in (0, 1):
            numbers: dict[str, int] = {}
            of_forms = np.fromiter(
                (numbers.setdefault(pair[half], len(numbers)) for pair in pairs), dtype=np.int32, count=len(pairs)
            )
            results.append((of_forms, [term.encode() for term in numbers]))
        return results[0], results[1]


def used(tokens: Tokens) -> Tokens:
    """Return the same tokens with only the terms that occur among them: a field uses few of all words."""
    present = np.zeros(len(tokens.terms), dtype=bool)
    present[tokens.numbers] = True
    numbers = (np.cumsum(present, dtype=np.int32) - 1)[tokens.numbers]
    terms = [tokens.terms[number] for number in np.flatnonzero(present).tolist()]
    return Tokens(terms, numbers, tokens.docs, tokens.positions)


def _texts(field: TextField, document: Document) -> list[str]:
    """Return the texts of a field other than the pages, each once."""
    return list(dict.fromkeys(text for text in field.values(document) if text))


def _halves(field: TextField, words: Any, stems: Any) -> list[tuple[str, Any]]:
    return [(field.word_name, words), (field.name, stems)] if field.stemmed else [(field.name, words)]
