"""Addresses of a document's resources, made without a look at the routing table: a page of hits has hundreds."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request

from searchsvc.web.converters import encode_document_id
from searchsvc.web.services import services


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


def public_links() -> DocumentLinks:
    """Return the links that other services get: absolute, at the configured address or the one that was called."""
    return DocumentLinks((services().settings.public_url or request.url_root).rstrip("/"))


def page_links() -> DocumentLinks:
    """Return the links for our own pages: relative to the host, whatever name it was called by."""
    return DocumentLinks(request.script_root.rstrip("/"))
