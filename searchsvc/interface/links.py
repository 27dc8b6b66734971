"""Addresses of a document's resources, made without a look at the routing table: a page of hits has hundreds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class DocumentLinks:
    """Builds addresses below ``base``, which has no slash at its end."""

    base: str

    def api(self, document_id: str) -> str:
        """Return the address of the document in the API."""
        return f"{self.base}/api/v1/documents/{encode_document_id(document_id)}"

    def html(self, document_id: str) -> str:
        """Return the address of the document's page."""
        return f"{self.base}/dokumente/{encode_document_id(document_id)}"

    def file(self, document_id: str) -> str:
        """Return the address of the document's file."""
        return f"{self.html(document_id)}/datei"


@lru_cache(maxsize=1024)
def encode_document_id(document_id: str) -> str:
    """Return ``document_id`` as one percent-encoded path segment; kept, since each hit has several addresses."""
    return quote(document_id, safe=":")
