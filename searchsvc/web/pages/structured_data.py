"""What search engines and other sites are told of a document: schema.org data and Open Graph properties."""

from __future__ import annotations

from typing import Any

from index.contract import Document
from searchsvc.interface.links import DocumentLinks

DESCRIPTION_CHARS = 200


def schema_org(document: Document, links: DocumentLinks) -> dict[str, Any]:
    """Return the document as a schema.org ``DigitalDocument``; what is not known is left out."""
    paper, kommune = document.paper, document.kommune
    part_of = None
    if paper and (paper.name or paper.reference):
        part_of = _known({"@type": "CreativeWork", "name": paper.name, "identifier": paper.reference})
    return _known(
        {
            "@context": "https://schema.org",
            "@type": "DigitalDocument",
            "@id": links.html(document.id),
            "url": links.html(document.id),
            "name": document.title,
            "genre": paper.type if paper else None,
            "identifier": paper.reference if paper else None,
            "inLanguage": "de",
            "datePublished": document.date.isoformat() if document.date else None,
            "dateCreated": document.created.isoformat() if document.created else None,
            "dateModified": document.modified.isoformat() if document.modified else None,
            "encodingFormat": document.mime_type,
            "pagination": str(document.page_count) if document.page_count else None,
            "keywords": ", ".join(document.keywords) or None,
            "isPartOf": part_of,
            "isBasedOn": document.web_url or document.access_url,
            "publisher": {"@type": "GovernmentOrganization", "name": kommune.name} if kommune else None,
            "description": description(document) or None,
        }
    )


def description(document: Document) -> str:
    """Return how the document's text begins, on one line."""
    beginning = " ".join(" ".join(document.pages[:1])[: 4 * DESCRIPTION_CHARS].split())
    if len(beginning) <= DESCRIPTION_CHARS:
        return beginning
    return beginning[:DESCRIPTION_CHARS].rpartition(" ")[0] + " …"


def _known(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
