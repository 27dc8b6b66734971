"""How a document is written into a row of the store, and read back."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import Row

from index.contract import Document
from searchsvc.documents.metadata import with_clean_lines
from searchsvc.documents.references import core_of
from searchsvc.documents.text import is_composed
from searchsvc.errors import DocumentDamaged, InvalidDocument

_COMPRESSION_LEVEL = 4
_DAMAGE = (zlib.error, ValueError, KeyError, TypeError, AttributeError)


@dataclass(frozen=True, slots=True)
class Encoded:
    """A document ready to be written. ``hash`` is of all its content; ``original`` the checksum of its file."""

    key: str
    id: str
    sha256: str | None
    metadata: str
    pages: bytes
    hash: str
    original: str | None
    paper_key: str | None = None
    reference_key: str | None = None

    def row(self, number: int, original: str | None, now: str) -> dict[str, Any]:
        """Return the values of the row of this state, the change of which has ``number``."""
        return {
            "key": self.key,
            "id": self.id,
            "change_number": number,
            "deleted": False,
            "content_hash": self.hash,
            "original_sha256": original,
            "indexed_at": now,
            "metadata": self.metadata,
            "pages": self.pages,
            "paper_key": self.paper_key,
            "reference_key": self.reference_key,
        }


class PaperKeys(NamedTuple):
    """What a document's Vorgang and its reference are found by; None where it has none."""

    paper: str | None
    reference: str | None


def encode(document: Document, original: str | None) -> Encoded:
    """Prepare a document for writing. Raises ``InvalidDocument`` for text that is not valid Unicode."""
    metadata = json.dumps(replace(document, indexed_at=None).metadata(), ensure_ascii=False, sort_keys=True)
    pages = json.dumps(document.pages, ensure_ascii=False)
    try:
        raw_metadata, raw_pages = metadata.encode(), pages.encode()
    except UnicodeEncodeError:
        raise InvalidDocument(f"document {document.id!a} contains text that is not valid Unicode") from None
    keys = keys_of_metadata(document.metadata())
    return Encoded(
        key=key_of(document.id),
        id=document.id,
        sha256=document.sha256,
        metadata=metadata,
        pages=zlib.compress(raw_pages, _COMPRESSION_LEVEL),
        hash=content_hash(raw_metadata, raw_pages),
        original=original,
        paper_key=keys.paper,
        reference_key=keys.reference,
    )


def decode(row: Row[Any]) -> Document:
    """Return the document of a row that is no tombstone, compared with its checksum. Raises ``DocumentDamaged``."""
    try:
        raw_pages = zlib.decompress(row.pages)
        if content_hash(row.metadata.encode(), raw_pages) != row.content_hash:
            raise ValueError("its content has another checksum than it was written with")
        return _document(row, json.loads(raw_pages))
    except _DAMAGE as error:
        raise DocumentDamaged(row.key, row.id, str(error)) from error


def decode_metadata(row: Row[Any]) -> Document:
    """Return the document of such a row without its pages, which need not have been read. Raises ``DocumentDamaged``.

    The checksum is of metadata and pages together, so it cannot be compared.
    """
    try:
        return _document(row, ())
    except _DAMAGE as error:
        raise DocumentDamaged(key_of(row.id), row.id, str(error)) from error


def _document(row: Row[Any], pages: Sequence[str]) -> Document:
    metadata = json.loads(row.metadata)
    if not is_composed(row.metadata):  # stored before lines were written in one form only
        metadata = with_clean_lines(metadata)
    metadata["indexed_at"] = row.indexed_at
    document = Document.from_metadata(metadata, tuple(pages))
    if document.id != row.id:
        raise ValueError("its id is not that of its content")
    return document


def content_hash(metadata: bytes, pages: bytes) -> str:
    """Return the checksum of a document's content as it is written, before the pages are compressed."""
    return sha256(metadata + b"\0" + pages).hexdigest()


def key_of(document_id: str) -> str:
    """Return the primary key of a document."""
    return sha256(document_id.encode("utf-8", "surrogatepass")).hexdigest()


def keys_of_metadata(metadata: Mapping[str, Any]) -> PaperKeys:
    """Return what the Vorgang of a document with this metadata is found by."""
    kommune_id = (metadata.get("kommune") or {}).get("id")
    paper = metadata.get("paper") or {}
    paper_id, reference = paper.get("id"), paper.get("reference")
    return PaperKeys(
        paper_key(kommune_id, paper_id) if paper_id else None,
        reference_key(kommune_id, reference) if reference else None,
    )


def paper_key(kommune_id: str | None, paper_id: str) -> str:
    """Return the key of a Vorgang; only OParl's ids are of the whole world, others of their Kommune."""
    return key_of(f"{kommune_id or ''}\n{paper_id}")


def reference_key(kommune_id: str | None, reference: str) -> str:
    """Return the key of a reference in any of its spellings: ``Vorlage 456/2013`` has that of ``456/2013``."""
    return key_of(f"{kommune_id or ''}\n{core_of(reference)}")
