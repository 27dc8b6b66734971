"""The document as the index sees it: one file of a council, with its text by page and its metadata.

What belongs here: the values every engine must be able to index and give back. Validation of what callers send is
the service's; by the time a ``Document`` exists, it is well formed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from enum import StrEnum
from operator import attrgetter
from typing import Any


class TextQuality(StrEnum):
    """Where a document's text comes from."""

    DIGITAL = "digital"
    OCR = "ocr"
    EMPTY = "empty"


class _Values:
    """Pickles dataclasses by their values alone, several times as fast as a dataclass with slots does by itself."""

    __slots__ = ()

    def __reduce__(self) -> tuple[type, tuple[Any, ...]]:
        return type(self), _VALUES[type(self)](self)


@dataclass(frozen=True, slots=True)
class Kommune(_Values):
    """A municipality: its stable ``id``, its display ``name`` and, when known, its 8-digit official key ``ags``."""

    id: str
    name: str
    ags: str | None = None


@dataclass(frozen=True, slots=True)
class Paper(_Values):
    """The Vorgang (OParl Paper) a file belongs to."""

    id: str | None = None
    name: str | None = None
    reference: str | None = None
    type: str | None = None


@dataclass(frozen=True, slots=True)
class Document(_Values):
    """One file. ``pages`` holds the text of page 1, 2, … in order; all timestamps carry an offset.

    ``created`` and ``modified`` are the source's, ``indexed_at`` is when this version was stored here.
    """

    id: str
    title: str
    kommune: Kommune | None = None
    date: date | None = None
    file_name: str | None = None
    mime_type: str | None = None
    size: int | None = None
    sha256: str | None = None
    page_count: int | None = None
    created: datetime | None = None
    modified: datetime | None = None
    indexed_at: datetime | None = None
    paper: Paper | None = None
    organizations: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    access_url: str | None = None
    download_url: str | None = None
    web_url: str | None = None
    text_quality: TextQuality = TextQuality.EMPTY
    pages: tuple[str, ...] = field(default=(), repr=False)

    def metadata(self) -> dict[str, Any]:
        """Return everything but the page texts as JSON-compatible values, leaving out what is not known."""
        return {
            name: _to_json(value)
            for name in _METADATA_NAMES
            if (value := getattr(self, name)) is not None and value != ()
        }

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, Any], pages: tuple[str, ...] = ()) -> Document:
        """Build a document from what ``metadata()`` returned. Raises ``KeyError`` or ``ValueError`` on other input."""
        values = dict(metadata)
        if kommune := values.get("kommune"):
            values["kommune"] = Kommune(**kommune)
        if (paper := values.get("paper")) is not None:
            values["paper"] = Paper(**paper)
        if day := values.get("date"):
            values["date"] = date.fromisoformat(day)
        for name in ("created", "modified", "indexed_at"):
            if moment := values.get(name):
                values[name] = datetime.fromisoformat(moment)
        for name in ("organizations", "keywords"):
            values[name] = tuple(values.get(name, ()))
        values["text_quality"] = TextQuality(values.get("text_quality", TextQuality.EMPTY))
        return cls(pages=pages, **values)


_VALUES: dict[type, attrgetter[Any]] = {
    kind: attrgetter(*(spec.name for spec in fields(kind))) for kind in (Kommune, Paper, Document)
}
_METADATA_NAMES = tuple(spec.name for spec in fields(Document) if spec.name != "pages")


def _to_json(value: Any) -> Any:
    if type(value) is str:
        return value
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, (Kommune, Paper)):
        return {name: v for name in type(value).__slots__ if (v := getattr(value, name)) is not None}
    if isinstance(value, tuple):
        return list(value)
    return value
