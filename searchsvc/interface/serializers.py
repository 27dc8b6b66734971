"""Results of the engine and documents of the store -> the JSON of the HTTP contract."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from index.contract import Bucket, Collapsed, Completion, Document, Facet, FacetName, Hit, Kommune, Paper, SearchResult
from searchsvc.interface.found_by import found_by_text
from searchsvc.interface.links import DocumentLinks
from searchsvc.store import Duplicate


def search_result(result: SearchResult, links: DocumentLinks) -> dict[str, Any]:
    """Return the contract's search response."""
    suggestion = result.did_you_mean
    preferred = [{"typed": named.typed, "kommune": kommune(named.kommune)} for named in result.preferred]
    return {
        "total": result.total,
        "total_all_words": result.total_all_words,
        "took_ms": round(result.took_ms, 2),
        "page": result.page,
        "per_page": result.per_page,
        "next_cursor": result.next_cursor,
        "relaxed": result.relaxed,
        "warnings": [{"code": w.code, "message": w.message, "detail": w.detail} for w in result.warnings],
        "did_you_mean": {"q": suggestion.q, "total": suggestion.total} if suggestion else None,
        "hits": [hit(found, links) for found in result.hits],
        "facets": {counted.name.value: facet(counted) for counted in result.facets},
    } | ({"preferred": preferred} if preferred else {})


def hit(found: Hit, links: DocumentLinks) -> dict[str, Any]:
    """Return one hit."""
    values = {
        "id": found.id,
        "score": round(found.score, 4),
        "title": found.title,
        "kommune": kommune(found.kommune),
        "date": found.date.isoformat() if found.date else None,
        "paper": paper(found.paper),
        "file_name": found.file_name,
        "page_count": found.page_count,
        "size": found.size,
        "text_quality": found.text_quality.value,
        "snippets": [{"page": snippet.page, "html": str(snippet.html)} for snippet in found.snippets],
        "missing": list(found.missing),
        "links": document_links(found.id, links),
    }
    if found.found_by:
        values["found_by"] = [asdict(way) | {"sentence": found_by_text(way)} for way in found.found_by]
    if found.collapsed is not None:
        values["collapsed"] = _collapsed(found.collapsed, links)
    return values


def _collapsed(value: Collapsed, links: DocumentLinks) -> dict[str, Any]:
    documents = [
        {
            "id": other.id,
            "title": other.title,
            "file_name": other.file_name,
            "page_count": other.page_count,
            "links": document_links(other.id, links),
        }
        for other in value.documents
    ]
    return {"count": value.count, "documents": documents}


def document_links(document_id: str, links: DocumentLinks) -> dict[str, str]:
    """Return where a document is found: in the API, as a page, as a file."""
    return {"self": links.api(document_id), "html": links.html(document_id), "file": links.file(document_id)}


def kommune(value: Kommune | None) -> dict[str, Any] | None:
    """Return a Kommune; ``ags`` only when it is known."""
    if value is None:
        return None
    return {"id": value.id, "name": value.name} | ({"ags": value.ags} if value.ags else {})


def paper(value: Paper | None) -> dict[str, Any] | None:
    """Return a Vorgang with all its fields."""
    if value is None:
        return None
    return {"id": value.id, "name": value.name, "reference": value.reference, "type": value.type}


def facet(counted: Facet) -> dict[str, Any]:
    """Return a facet; the date facet has spans of days where the others have labels."""
    if counted.name is FacetName.DATE:
        return {
            "interval": counted.interval.value if counted.interval else None,
            "buckets": [_date_bucket(bucket) for bucket in counted.buckets],
            "missing": counted.missing,
        }
    return {
        "buckets": [
            {"value": bucket.value, "label": bucket.label, "count": bucket.count, "selected": bucket.selected}
            for bucket in counted.buckets
        ],
        "other": counted.other,
        "missing": counted.missing,
    }


def _date_bucket(bucket: Bucket) -> dict[str, Any]:
    return {
        "value": bucket.value,
        "from": bucket.start.isoformat() if bucket.start else None,
        "to": bucket.end.isoformat() if bucket.end else None,
        "count": bucket.count,
        "selected": bucket.selected,
    }


def metadata(value: Document) -> dict[str, Any]:
    """Return everything but a document's text, what is not known as null or an empty list."""
    known = value.metadata()
    return (
        {name: known.get(name) for name in _DOCUMENT_FIELDS}
        | {"organizations": known.get("organizations", []), "keywords": known.get("keywords", [])}
        | {"kommune": kommune(value.kommune), "paper": paper(value.paper)}
    )


def document(value: Document, links: DocumentLinks, also_in: Sequence[Duplicate] = ()) -> dict[str, Any]:
    """Return a document's metadata with its links and the documents that are the same."""
    address = links.api(value.id)
    return metadata(value) | {
        "also_in": [_duplicate(one) for one in also_in],
        "links": document_links(value.id, links) | {"text": f"{address}/text", "similar": f"{address}/similar"},
    }


def _duplicate(found: Duplicate) -> dict[str, Any]:
    return {
        "id": found.document.id,
        "title": found.document.title,
        "kommune": kommune(found.document.kommune),
        "date": found.document.date.isoformat() if found.document.date else None,
        "similarity": found.similarity,
        "same_file": found.same_file,
    }


_DOCUMENT_FIELDS = (
    "id", "title", "kommune", "date", "file_name", "mime_type", "size", "sha256", "page_count", "created", "modified",
    "indexed_at", "paper", "organizations", "keywords", "access_url", "download_url", "web_url", "text_quality",
)  # fmt: skip


def document_text(value: Document) -> dict[str, Any]:
    """Return a document's text by page."""
    pages = [{"number": number, "text": text} for number, text in enumerate(value.pages, start=1)]
    return {"id": value.id, "pages": pages}


def completion(value: Completion, links: DocumentLinks) -> dict[str, Any]:
    """Return one completion of what is being typed; the document it stands for and its Vorgang's name where known."""
    known: dict[str, Any] = {"text": value.text, "kind": value.kind, "count": value.count}
    if value.paper_name:
        known["paper_name"] = value.paper_name
    if value.document_id is not None:
        known["document"] = {"id": value.document_id, "links": document_links(value.document_id, links)}
    return known
