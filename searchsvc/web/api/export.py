"""All hits of a search as NDJSON or CSV, streamed: however many there are, a few of them are in memory."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import Any

from flask import Blueprint, Response

from index.contract import Document, Hit
from searchsvc.interface import serializers
from searchsvc.interface.links import DocumentLinks
from searchsvc.interface.search_parameters import ExportFormat, export
from searchsvc.interface.spreadsheets import BYTE_ORDER_MARK, cell
from searchsvc.web.api.arguments import arguments
from searchsvc.web.http.json_response import json_text
from searchsvc.web.http.links import public_links
from searchsvc.web.http.long_work import long_work, piece_by_piece
from searchsvc.web.http.services import services

SEND_CHARS = 64 * 1024
FILE_NAME = "ratsdokumente"
COLUMNS = (
    "id", "title", "kommune", "kommune_id", "ags", "date", "paper_type", "paper_reference", "paper_name", "paper_id",
    "organizations", "keywords", "file_name", "mime_type", "size", "sha256", "page_count", "text_quality", "created",
    "modified", "indexed_at", "access_url", "download_url", "web_url", "url",
)  # fmt: skip
"""The columns of a CSV export; ``url`` is the document's page here."""

_LIST_SEPARATOR = "; "


def register(blueprint: Blueprint) -> None:
    """Add the routes of this module."""
    blueprint.get("/export")(export_hits)


def export_hits() -> Response:
    """Send all hits of a search, in its order, as they were when the answer began."""
    wanted = export(arguments())
    # What cannot be answered raises here, before anything has been sent.
    with long_work:
        hits = services().engine.scan(wanted.search)
    if wanted.format is ExportFormat.CSV:
        parts, mime_type = csv_parts(hits, public_links(), wanted.separator.sign), "text/csv"
    else:
        parts, mime_type = ndjson_parts(hits), "application/x-ndjson"
    response = Response(piece_by_piece(in_blocks(parts)), mimetype=mime_type)
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Content-Disposition"] = f'attachment; filename="{FILE_NAME}.{wanted.format}"'
    return response


def ndjson_parts(hits: Iterable[Hit]) -> Iterator[str]:
    """Yield one line for each hit: the document's metadata, as ``GET`` of the document has it but for the links."""
    for hit in hits:
        yield json_text(serializers.metadata(document_of(hit))) + "\n"


def csv_parts(hits: Iterable[Hit], links: DocumentLinks, separator: str = ",") -> Iterator[str]:
    """Yield a line of names and one for each hit, by RFC 4180 but for the separator, safe to open in a spreadsheet."""
    line = io.StringIO()
    writer = csv.DictWriter(line, COLUMNS, delimiter=separator, lineterminator="\r\n")
    line.write(BYTE_ORDER_MARK)
    writer.writeheader()
    yield line.getvalue()
    for hit in hits:
        line.seek(0)
        line.truncate()
        writer.writerow({name: cell(value) for name, value in _row(hit, links).items()})
        yield line.getvalue()


def in_blocks(parts: Iterable[str], size: int = SEND_CHARS) -> Iterator[bytes]:
    """Join parts to blocks of about ``size`` characters, each of which is sent on its own."""
    block: list[str] = []
    length = 0
    for part in parts:
        block.append(part)
        length += len(part)
        if length >= size:
            yield "".join(block).encode()
            block, length = [], 0
    if length:
        yield "".join(block).encode()


def document_of(hit: Hit) -> Document:
    """Return a hit's document, without its text."""
    return Document(**{spec.name: getattr(hit, spec.name) for spec in fields(Document) if spec.name != "pages"})


def _row(hit: Hit, links: DocumentLinks) -> dict[str, Any]:
    values = serializers.metadata(document_of(hit))
    kommune, paper = values.pop("kommune") or {}, values.pop("paper") or {}
    values |= {name: _LIST_SEPARATOR.join(values[name]) for name in ("organizations", "keywords")}
    values |= {f"paper_{name}": paper.get(name) for name in ("type", "reference", "name", "id")}
    return values | {
        "kommune": kommune.get("name"),
        "kommune_id": kommune.get("id"),
        "ags": kommune.get("ags"),
        "url": links.html(hit.id),
    }
