"""The field table: what the index knows of a document, where each field comes from, and how it is searched.

Everything else is derived from this table: an engine's schema and the values of a document.

A text field is up to four fields of the index: stems under its own name, folded words under ``NAME_word``, stems of
the parts of words under ``NAME_part``, and what spans several words (references, dates) under ``NAME_span``, the only
one without positions. Prefixes, spelling and ``exact`` searching use the words, everything else the other three.
``reference`` has neither stems nor parts, because numbers have none.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b

from index.contract import Document, Kommune

SCHEMA_VERSION = 7
"""Raise when fields, columns or stored values change; indexes are then built anew."""

VALUE_GAP = 100
"""Positions left free between two values of one field, so that no phrase matches across them."""

LIST_SEPARATOR = "\x1f"
"""Joins the values of a list column (control characters cannot occur in values)."""


@dataclass(frozen=True, slots=True)
class TextField:
    """A searchable text field; how much it counts is in ``index.query.weights``."""

    name: str
    values: Callable[[Document], Iterable[str | None]]
    stemmed: bool = True
    searched_by_name_only: bool = False

    @property
    def word_name(self) -> str:
        """Name of the field that holds unstemmed words."""
        return f"{self.name}_word" if self.stemmed else self.name

    @property
    def stem_name(self) -> str | None:
        """Name of the field that holds stems, if there is one."""
        return self.name if self.stemmed else None

    @property
    def part_name(self) -> str | None:
        """Name of the field that holds stems of parts of words, if there is one."""
        return f"{self.name}_part" if self.stemmed and not self.searched_by_name_only else None

    @property
    def span_name(self) -> str | None:
        """Name of the field that holds what spans several words, if there is one."""
        return None if self.searched_by_name_only else f"{self.name}_span"

    @property
    def index_names(self) -> tuple[str, ...]:
        """Names of all its fields in the index."""
        names = (self.name, self.word_name, self.part_name, self.span_name)
        return tuple(dict.fromkeys(name for name in names if name))


TEXT_FIELDS = (
    TextField("title", lambda d: (d.title, d.paper.name if d.paper else None)),
    TextField("reference", lambda d: (d.paper.reference if d.paper else None,), stemmed=False),
    TextField(
        "meta",
        lambda d: (
            d.kommune.name if d.kommune else None,
            d.paper.type if d.paper else None,
            *d.organizations,
            *d.keywords,
            d.file_name,
        ),
    ),
    TextField("type", lambda d: (d.paper.type if d.paper else None,), searched_by_name_only=True),
    TextField("text", lambda d: d.pages),
)
"""``type`` is searched only when asked for by name (``typ:Antrag``); ``meta`` holds it for everyone else."""


def _same_side() -> dict[str, tuple[str, ...]]:
    sides: dict[str, list[str]] = {}
    for field in TEXT_FIELDS:
        for name in () if field.searched_by_name_only else field.index_names:
            sides.setdefault("word" if name == field.word_name else name.removeprefix(field.name), []).append(name)
    return {name: tuple(names) for names in sides.values() for name in names}


SAME_SIDE = _same_side()
"""By name of a field of the index: those with the same kind of terms. How rare a word is counts for all of them."""

TEXT_FIELD = {field.name: field for field in TEXT_FIELDS}


COLUMNS: dict[str, Callable[[Document], bytes]] = {
    "kommune": lambda d: pack_kommune(d.kommune) if d.kommune else b"",
    "paper_type": lambda d: pack_values(d.paper.type if d.paper else None),
    "organization": lambda d: pack_values(*d.organizations),
    "mime_type": lambda d: pack_values(d.mime_type),
    "text_quality": lambda d: pack_values(d.text_quality.value),
    "year": lambda d: pack_values(d.date.isoformat()[:4] if d.date else None),
    "month": lambda d: pack_values(d.date.isoformat()[:7] if d.date else None),
    "paper": lambda d: paper_key(d),
    "indexed_at": lambda d: pack_values(_moment(d.indexed_at)),
}
"""Columns of values, filtered and counted, and a document's value in each; empty: none.

``year`` and ``month`` are the date's, for its facet; its day has a column of its own. ``paper`` tells whether two
documents belong to the same Vorgang, and no more. ``indexed_at`` is in UTC, to the millisecond.
"""


def _moment(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds") if moment else None


PAPER_KEY_BYTES = 16

EXACT_FIELDS = ("id", "kommune", "date")
"""Fields whose whole value is one term: what queries and the writer look up by value."""


def exact_term(name: str, document: Document) -> str | None:
    """Return a document's term in one of ``EXACT_FIELDS``."""
    if name == "id":
        return document.id
    if name == "kommune":
        return document.kommune.id if document.kommune else None
    return document.date.isoformat() if document.date else None


def pack_values(*values: str | None) -> bytes:
    """Return the column value of some facet values."""
    return LIST_SEPARATOR.join(filter(None, values)).encode()


def split_column_value(column: str, value: bytes) -> tuple[str, ...]:
    """Return the facet values that a value of a column stands for."""
    parts = value.decode().split(LIST_SEPARATOR)
    return (parts[0],) if column == "kommune" else tuple(parts)


def pack_kommune(kommune: Kommune) -> bytes:
    """Return the column value of a Kommune."""
    return LIST_SEPARATOR.join((kommune.id, kommune.name, kommune.ags or "")).encode()


def paper_key(document: Document) -> bytes:
    """Return what documents of the same Vorgang share: a digest of its id or else of its number in its Kommune.

    A Vorgang with neither cannot be told from others; then there is no key. All keys have ``PAPER_KEY_BYTES``.
    """
    paper = document.paper
    if paper is None or not (paper.id or paper.reference):
        return b""
    identity = ("id", paper.id) if paper.id else ("reference", _kommune_id(document), paper.reference)
    return blake2b(json.dumps(identity).encode(), digest_size=PAPER_KEY_BYTES).digest()


def _kommune_id(document: Document) -> str | None:
    return document.kommune.id if document.kommune else None


def unpack_kommune(value: bytes) -> Kommune:
    """Return the Kommune of a column value."""
    kommune_id, name, ags = value.decode().split(LIST_SEPARATOR)
    return Kommune(kommune_id, name, ags or None)
