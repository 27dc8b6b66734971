"""The document that a file becomes: what its metadata says, completed by what was read out of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from index.contract import Document
from searchsvc.documents.input import parse_document
from searchsvc.errors import InvalidDocument
from searchsvc.ingest.extraction import Extraction


def document_from_file(
    extraction: Extraction,
    *,
    checksum: str,
    size: int,
    file_name: str,
    metadata: Mapping[str, Any] | None = None,
    default_kommune: str | None = None,
    max_text_bytes: int | None = None,
) -> Document:
    """Build the document of a file.

    Args:
        extraction: what was read out of the file; text in ``metadata`` (better recognised, say) takes precedence.
        checksum: SHA-256 of the file, and the document's id unless ``metadata`` has one.
        size: of the file, in bytes.
        file_name: used unless ``metadata`` names another.
        metadata: fields of a document as callers send them.
        default_kommune: name of the Kommune, if ``metadata`` names none.
        max_text_bytes: longest text accepted, in bytes of UTF-8.

    Raises:
        InvalidDocument: ``metadata`` breaks the rules or belongs to another file.
    """
    data = {name: value for name, value in (metadata or {}).items() if value is not None}
    named_checksum = data.get("sha256")
    if isinstance(named_checksum, str) and named_checksum.strip().lower() != checksum:
        raise InvalidDocument(
            "sha256: the file has another checksum, it is damaged or not the one meant", field="sha256"
        )
    data.setdefault("id", checksum)
    data.setdefault("file_name", file_name)
    data.setdefault("mime_type", extraction.mime_type)
    data["sha256"], data["size"], data["page_count"] = checksum, size, extraction.page_count
    if extraction.created is not None:
        data.setdefault("created", extraction.created.isoformat())
    if "pages" not in data and "text" not in data:
        data["pages"] = extraction.pages
        data.setdefault("text_quality", extraction.text_quality.value)
    if not data.get("title") and extraction.title and not _paper_name(data):
        data["title"] = extraction.title
    return parse_document(data, default_kommune=default_kommune, max_text_bytes=max_text_bytes)


def _paper_name(data: Mapping[str, Any]) -> Any:
    paper = data.get("paper")
    return paper.get("name") if isinstance(paper, Mapping) else None
