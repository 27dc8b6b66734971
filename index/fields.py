"""The field table: what the index knows of a document, where each field comes from, and how it is searched.

Everything else is derived from this table: the Whoosh schema, the values of a document, the weights of a search.

A text field has two halves: stems under its own name and folded words under ``NAME_word``. Searching uses the stems,
``exact`` searching, prefixes and spelling the words. ``reference`` has words only, because numbers have no stems.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from whoosh import fields as whoosh_fields
from whoosh import formats
from whoosh.analysis import IDAnalyzer

from analyzers import GermanAnalysis, clean_pages
from index.columns import DayColumn, OrdinalColumn
from index.documents import Document, Kommune
from index.stored_text import pack_text

SCHEMA_VERSION = 1
"""Raise when fields, columns or stored values change; indexes are then built anew."""

VALUE_GAP = 100
"""Positions left free between two values of one field, so that no phrase matches across them."""

LIST_SEPARATOR = "\x1f"
"""Joins the values of a list column (control characters cannot occur in values)."""


@dataclass(frozen=True, slots=True)
class TextField:
    """A searchable text field. ``weight`` multiplies a word's score when it is found here."""

    name: str
    weight: float
    values: Callable[[Document], Iterable[str | None]]
    stemmed: bool = True

    @property
    def word_name(self) -> str:
        """Name of the half that holds unstemmed words."""
        return f"{self.name}_word" if self.stemmed else self.name


TEXT_FIELDS = (
    TextField("title", 3.0, lambda d: (d.title, d.paper.name if d.paper else None)),
    TextField("reference", 3.0, lambda d: (d.paper.reference if d.paper else None,), stemmed=False),
    TextField(
        "meta",
        0.7,
        lambda d: (
            d.kommune.name if d.kommune else None,
            d.paper.type if d.paper else None,
            *d.organizations,
            *d.keywords,
            d.file_name,
        ),
    ),
    TextField("type", 0.0, lambda d: (d.paper.type if d.paper else None,)),
    TextField("text", 1.0, lambda d: d.pages),
)
"""``type`` is searched only when asked for by name (``typ:Antrag``); ``meta`` holds it for everyone else."""

TEXT_FIELD = {field.name: field for field in TEXT_FIELDS}


@dataclass(frozen=True, slots=True)
class ValueField:
    """A field of whole values: filtered and counted through its column, searchable as exact terms."""

    name: str
    values: Callable[[Document], Iterable[str | None]]


VALUE_FIELDS = (
    ValueField("kommune", lambda d: (d.kommune.id if d.kommune else None,)),
    ValueField("paper_type", lambda d: (d.paper.type if d.paper else None,)),
    ValueField("organization", lambda d: d.organizations),
    ValueField("mime_type", lambda d: (d.mime_type,)),
    ValueField("text_quality", lambda d: (d.text_quality.value,)),
)


class TermsField(whoosh_fields.FieldType):  # type: ignore[misc]  # whoosh's classes are untyped
    """A Whoosh field of terms that are analysed already: a list with one entry per position, None for no term."""

    def __init__(self) -> None:
        super().__init__(format=formats.Positions(), analyzer=IDAnalyzer(), scorable=True)

    def index(self, value: Sequence[str | None], **_: Any) -> Iterator[tuple[bytes, int, float, bytes]]:
        """Yield (term, frequency, weight, encoded positions) for each distinct term."""
        positions: dict[str, list[int]] = {}
        for position, term in enumerate(value):
            if term is not None:
                positions.setdefault(term, []).append(position)
        encode = self.format.encode
        for term, where in positions.items():
            yield term.encode(), len(where), float(len(where)), encode(where)


class ExactField(whoosh_fields.FieldType):  # type: ignore[misc]
    """A Whoosh field of whole values, each one term; ``column_type`` holds what is counted and sorted by."""

    def __init__(self, column: Any, *, unique: bool = False) -> None:
        super().__init__(format=formats.Existence(), analyzer=IDAnalyzer(), unique=unique)
        self.column_type = column

    def index(self, value: Sequence[str], **_: Any) -> Iterator[tuple[bytes, int, float, bytes]]:
        """Yield (term, frequency, weight, no payload) for each value."""
        return ((term.encode(), 1, 1.0, b"") for term in dict.fromkeys(value))

    def to_column_value(self, value: Any) -> Any:
        """Column values are given as ``_stored_NAME`` in the column's own type already."""
        return value


def make_schema() -> whoosh_fields.Schema:
    """Return the Whoosh schema of the field table."""
    schema = whoosh_fields.Schema(
        id=ExactField(OrdinalColumn(), unique=True),
        date=ExactField(DayColumn()),
        metadata=whoosh_fields.STORED(),
        text_blocks=whoosh_fields.STORED(),
        block_starts=whoosh_fields.STORED(),
        block_pages=whoosh_fields.STORED(),
        page_starts=whoosh_fields.STORED(),
    )
    for value_field in VALUE_FIELDS:
        schema.add(value_field.name, ExactField(OrdinalColumn()))
    for text_field in TEXT_FIELDS:
        for name in {text_field.name, text_field.word_name}:
            schema.add(name, TermsField())
    return schema


def document_fields(document: Document, analysis: GermanAnalysis) -> dict[str, Any]:
    """Return what Whoosh's writer is given for a document."""
    pages = clean_pages(document.pages)
    values: dict[str, Any] = {
        "id": [document.id],
        "_stored_id": document.id.encode(),
        "metadata": zlib.compress(json.dumps(document.metadata(), ensure_ascii=False).encode()),
    }
    if document.date:
        values["date"] = [document.date.isoformat()]
        values["_stored_date"] = document.date.toordinal()
    for value_field in VALUE_FIELDS:
        if present := [value for value in value_field.values(document) if value]:
            values[value_field.name] = present
            values[f"_stored_{value_field.name}"] = LIST_SEPARATOR.join(present).encode()
    if document.kommune:
        values["_stored_kommune"] = pack_kommune(document.kommune)
    for text_field in TEXT_FIELDS:
        if text_field.name == "text":
            values |= pack_text(pages, _add_pages(values, text_field, pages, analysis))
        else:
            _add_values(values, text_field, text_field.values(document), analysis)
    return values


def pack_kommune(kommune: Kommune) -> bytes:
    """Return the column value of a Kommune."""
    return LIST_SEPARATOR.join((kommune.id, kommune.name, kommune.ags or "")).encode()


def unpack_kommune(value: bytes) -> Kommune:
    """Return the Kommune of a column value."""
    kommune_id, name, ags = value.decode().split(LIST_SEPARATOR)
    return Kommune(kommune_id, name, ags or None)


def day_of(ordinal: int) -> date | None:
    """Return the date of a day column's value; None for 0."""
    return date.fromordinal(ordinal) if ordinal else None


def _add_pages(values: dict[str, Any], field: TextField, pages: Sequence[str], analysis: GermanAnalysis) -> list[int]:
    """Add all pages as one run of positions, so that phrases match across page breaks; return each page's words."""
    all_words: list[str] = []
    all_stems: list[str] = []
    lengths = []
    for page in pages:
        words, stems = analysis.index_terms(page)
        all_words += words
        all_stems += stems
        lengths.append(len(words))
    if all_words:
        values[field.word_name] = all_words
        values[field.name] = all_stems
    return lengths


def _add_values(
    values: dict[str, Any], field: TextField, texts: Iterable[str | None], analysis: GermanAnalysis
) -> None:
    all_words: list[str | None] = []
    all_stems: list[str | None] = []
    for text in dict.fromkeys(texts):
        if not text:
            continue
        words, stems = analysis.index_terms(text)
        gap = [None] * VALUE_GAP if all_words else []
        all_words += [*gap, *words]
        all_stems += [*gap, *stems]
    if all_words:
        values[field.word_name] = all_words
        if field.stemmed:
            values[field.name] = all_stems
