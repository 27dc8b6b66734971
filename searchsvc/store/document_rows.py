"""How a document is written into a row of the store, and read back."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from sqlalchemy import Row

from index.documents import Document
from searchsvc.errors import InvalidDocument, StoreUnavailable

_COMPRESSION_LEVEL = 4


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
        }


def encode(document: Document, original: str | None) -> Encoded:
    """Prepare a document for writing. Raises ``InvalidDocument`` for text that is not valid Unicode."""
    metadata = json.dumps(replace(document, indexed_at=None).metadata(), ensure_ascii=False, sort_keys=True)
    pages = json.dumps(document.pages, ensure_ascii=False)
    try:
        raw_metadata, raw_pages = metadata.encode(), pages.encode()
    except UnicodeEncodeError:
        raise InvalidDocument(f"document {document.id!a} contains text that is not valid Unicode") from None
    return Encoded(
        key=key_of(document.id),
        id=document.id,
        sha256=document.sha256,
        metadata=metadata,
        pages=zlib.compress(raw_pages, _COMPRESSION_LEVEL),
        hash=sha256(raw_metadata + b"\0" + raw_pages).hexdigest(),
        original=original,
    )


def decode(row: Row[Any]) -> Document:
    """Return the document of a row that is no tombstone. Raises ``StoreUnavailable`` when the row is damaged."""
    return _decode(row, with_pages=True)


def decode_metadata(row: Row[Any]) -> Document:
    """Return the document of such a row without its pages, which need not have been read."""
    return _decode(row, with_pages=False)


def _decode(row: Row[Any], *, with_pages: bool) -> Document:
    try:
        metadata = json.loads(row.metadata)
        pages = json.loads(zlib.decompress(row.pages)) if with_pages else ()
        metadata["indexed_at"] = row.indexed_at
        return Document.from_metadata(metadata, tuple(pages))
    except (zlib.error, ValueError, KeyError, TypeError) as error:
        raise StoreUnavailable(
            f"document {row.id!a} is damaged in the store ({error}); send it again or restore a backup"
        ) from error


def key_of(document_id: str) -> str:
    """Return the primary key of a document."""
    return sha256(document_id.encode("utf-8", "surrogatepass")).hexdigest()
